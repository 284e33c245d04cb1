#!/usr/bin/env zsh
# completions.zsh FOLDER: a zsh in a terminal of its own gets the functions of FOLDER, words are typed and completed, and what stands
# on the line afterwards is compared. The exit code is 1 when one of the answers is wrong.
zmodload zsh/zpty || exit 77
folder=$1
cd ${0:A:h}/../data || exit 3
wrong=0

zpty shell zsh -f -i
# A line: it is read by the shell behind the terminal.
tell() { zpty -w shell $1 }
# Everything up to the mark, without carriage returns.
hear() {
  local line
  heard=
  while zpty -r shell line; do
    heard+=${line//$'\r'/}
    [[ $line == *$1* ]] && return
  done
}
tell "PROMPT= RPROMPT= PS2= ; unsetopt zle_bracketed_paste prompt_sp; stty -echo cols 300"
tell "fpath=($folder \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-colors ''; LISTMAX=0"
tell 'complete-and-say() { zle complete-word; print -r -- "[[$BUFFER]]end"; BUFFER=; }; zle -N complete-and-say; bindkey "^T" complete-and-say; echo re''ady'
hear ready

# expect LINE-AFTER LINE-BEFORE
expect() {
  zpty -n -w shell $2$'\x14'
  hear ']]end'
  [[ $heard == *"[[$1]]end"* ]] && return
  print -r -- "'$2': expected '$1', got '$heard'"
  wrong=1
}

expect "understudy-extract --detector=" "understudy-extract --detec"
expect "understudy-extract --detector yunet " "understudy-extract --detector y"
expect "understudy-extract --detector=yunet " "understudy-extract --detector=y"
expect "understudy-extract cast/ada.mp4 " "understudy-extract cast/ada.mp"
expect "understudy-merge --texture motion-blur,grain," "understudy-merge --texture motion-blur,gr"
expect "understudy-train --likeness c2pa consent-v1/" "understudy-train --likeness c2pa con"
expect "understudy-train --preset original " "understudy-train --preset or"
expect "understudy-faces reindex " "understudy-faces rei"
expect "understudy-faces stats --html=" "understudy-faces stats --ht"
expect "understudy-faces sort --by brightness " "understudy-faces sort --by br"
expect "understudy-consent new --role performer " "understudy-consent new --role p"
expect "understudy verify " "understudy ver"
expect "understudy extract --detector yunet " "understudy extract --detector y"
expect "understudy faces stats " "understudy faces sta"
zpty -d shell
exit $wrong
