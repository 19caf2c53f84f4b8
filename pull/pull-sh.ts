import { bundleNames } from '../shared/formats/bundle-names.ts'

/**
 * pull.sh beside the bundle: POSIX sh, curl, and one of sha256sum, shasum, openssl. `url` is the base that applications pull from.
 * What it promises: a file is replaced whole, by one that has the SHA-256 of the manifest, or not at all.
 */
export const pullSh = (url = 'https://YOUR-BUNDLE-HOST'): string => `#!/bin/sh
# Keeps a copy of the trust bundle of ApsaraDB RDS: by hand, or from cron. Says nothing where nothing changed.
#
#   sh pull.sh FOLDER [COMMAND ...]     COMMAND runs after a change: sh pull.sh /etc/rds-ca systemctl reload app
#
# RDS_CA_FILES="ApsaraDB-CA-Chain.pem ..."     which files; all four formats where it is not set
# RDS_CA_URL=https://...                       pull from elsewhere
# Exit status: 0 every file is the published one; 1 nothing was replaced; COMMAND's own where it fails, and the next run runs it again.

base=\${RDS_CA_URL:-${quoted(url.replace(/\/+$/, ''))}}
files=\${RDS_CA_FILES:-${Object.values(bundleNames).join(' ')}}

fail() { echo "pull.sh: $1: nothing was replaced" >&2; exit 1; }
get() { curl -fsS --retry 2 --connect-timeout 10 --max-time 60 -o "$2" "$base/$1" || fail "$base/$1 cannot be read"; }
sum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"
  elif command -v shasum >/dev/null; then shasum -a 256 <"$1"
  else openssl dgst -sha256 -r <"$1"
  fi | cut -c 1-64
}
named() { tr -d '[:space:]' <"$work/manifest.json" | sed -n "s/.*\\"$1\\":\\"\\([0-9a-f]\\{64\\}\\)\\".*/\\1/p"; }

folder=$1
[ -n "$folder" ] || { echo 'usage: sh pull.sh FOLDER [COMMAND ...]' >&2; exit 1; }
shift
mkdir -p "$folder" || fail "$folder cannot be made"
work=$(mktemp -d "$folder/.pull.XXXXXX") || fail "$folder cannot be written"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

get ca/latest/manifest.json "$work/manifest.json"
version=$(named version)
[ -n "$version" ] || fail "$base/ca/latest/manifest.json is no manifest of a trust bundle"

changed=
for name in $files; do
  wanted=$(named "$name")
  [ -n "$wanted" ] || fail "the manifest names no $name: see RDS_CA_FILES"
  [ -f "$folder/$name" ] && [ "$(sum "$folder/$name")" = "$wanted" ] && continue
  get "ca/v/$version/$name" "$work/$name"
  [ "$(sum "$work/$name")" = "$wanted" ] || fail "$name is not what the manifest says, cut or altered on its way"
  changed="$changed $name"
done

# The mark outlives a COMMAND that fails, so that the next run makes up for it.
[ -z "$changed" ] || : >"$folder/.changed" || fail "$folder cannot be written"
for name in $changed; do mv -f "$work/$name" "$folder/$name" || exit 1; done
[ -f "$folder/.changed" ] || exit 0
[ -z "$changed" ] || echo "pull.sh: version $version:$changed"
[ $# -eq 0 ] || "$@" || exit
rm -f "$folder/.changed"
`

/** For a shell, in whatever place: nothing in it means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
