# Run by an installation: Debian's own changelog, which points to ours; its time is SOURCE_DATE_EPOCH where that is set.
string(TIMESTAMP time "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${changelog_file} "understudy (${changelog_version}) bookworm; urgency=medium

  * What is new stands in CHANGELOG.md.gz of the package understudy.

 -- ${changelog_author}  ${time}
")
execute_process(COMMAND gzip -9nf ${changelog_file} COMMAND_ERROR_IS_FATAL ANY)
