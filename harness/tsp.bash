# tsp.bash - completion of the tsp command in bash: subcommands, their options, views of waves, test names, and files.
_tsp() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} tsp=${COMP_WORDS[0]}
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "$("$tsp" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p') --help" -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$("$tsp" "$command" --help | grep -o -- '--[a-z][a-z-]*' | sort -u)" -- "$cur"))
  elif [ "$before" = --view ]; then
    COMPREPLY=($(compgen -W "$("$tsp" waves --help | sed -n '/^Views:/,/^$/s/^  \([a-z]*\) .*/\1/p')" -- "$cur"))
  else
    case $command in
      sim | bench | verify | timeline) COMPREPLY=($(compgen -W "$("$tsp" list | sed 's/ .*//')" -- "$cur") $(compgen -f -- "$cur")) ;;
      *) COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
  fi
}
complete -o filenames -F _tsp tsp
