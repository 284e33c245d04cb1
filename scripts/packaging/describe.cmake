# Run by an installation: asks each of `described_programs` in the folder `described_bin` for its manual page and completions and writes
# them below `described_out`. (No plainer names: a variable that is called like a component would be read in that component's stead.)
file(REMOVE_RECURSE ${described_out})
file(MAKE_DIRECTORY ${described_out}/man1 ${described_out}/bash ${described_out}/zsh)

function(describe program form file)
  execute_process(COMMAND ${described_bin}/${program} --describe ${form} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(program ${described_programs})
  describe(${program} man ${described_out}/man1/${program}.1)
  execute_process(COMMAND gzip -9n ${described_out}/man1/${program}.1 COMMAND_ERROR_IS_FATAL ANY)
  describe(${program} bash ${described_out}/bash/${program})
  describe(${program} zsh ${described_out}/zsh/_${program})
endforeach()
