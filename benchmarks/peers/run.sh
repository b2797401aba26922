#!/usr/bin/env bash
# A comparison with other engines: `run.sh encoder|decoder|selection|tokenizers [options]`, the encoder where none is named.
# Each builds our side, makes a Python environment with pinned peers under build/, and prints its tables.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
area=encoder
if [[ ${1:-} == [a-z]* ]]; then
    area=$1
    shift
fi
if [[ ! -x $here/$area/run.sh ]]; then
    echo "There is no comparison called $area; there are: $(cd "$here" && echo */)" >&2
    exit 2
fi
exec "$here/$area/run.sh" "$@"
