# bash completion for fobctl. It asks fobctl itself what there is, so that it never falls behind.

_fobctl_help() {
  fobctl "$@" --help 2>/dev/null
}

_fobctl() {
  local cur prev word verbs=() i
  COMPREPLY=()
  cur=${COMP_WORDS[COMP_CWORD]}
  prev=${COMP_WORDS[COMP_CWORD-1]}

  case $prev in
    --socket|--dir|--state|--file|--config|--heads|--import-uri|--client-secret-file|--ticket-file|--token-file|--jwks)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return ;;
    --user)
      mapfile -t COMPREPLY < <(compgen -u -- "$cur")
      return ;;
    --algorithm)
      mapfile -t COMPREPLY < <(compgen -W "SHA1 SHA256 SHA512 ES256 EdDSA RS256" -- "$cur")
      return ;;
  esac

  for ((i = 1; i < COMP_CWORD && ${#verbs[@]} < 3; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --socket|--timeout) ((i++)) ;;
      -*) ;;
      *) verbs+=("$word") ;;
    esac
  done

  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$({ _fobctl_help "${verbs[@]}"; _fobctl_help; } |
      sed -n '/^Options:/,/^$/s/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n' | sort -u)" -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$(_fobctl_help "${verbs[@]}" |
    sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')" -- "$cur")
  # What no verb completes may be a file: config check, token verify and the like.
  if [[ ${#COMPREPLY[@]} -eq 0 && ${verbs[*]} =~ ^(config check|token verify|token revoke|explain token|backup|restore)$ ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}

complete -o filenames -F _fobctl fobctl
