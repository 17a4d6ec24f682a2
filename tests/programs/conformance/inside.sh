#!/bin/bash
# inside.sh FOLDER SUITE LIST JOBS SECONDS LOGS: runs the cases of LIST, JOBS at a time, each with a scratch folder of its own and at most
# SECONDS; prints "CASE STATUS" for each. The same natively and in the enclave.
export FOLDER=$1 SUITE=$2 SECONDS_EACH=$5 LOGS=$6
export LANG=C.UTF-8

case_command() { # in the case's scratch folder
    case $SUITE in
    posix) exec "$FOLDER/posix/$1" ;;
    busybox)
        cp -r "$FOLDER/busybox/." .
        cd testsuite && exec ./runtest -v "$1"
        ;;
    bash)
        cp -r "$FOLDER/bash/." .
        export THIS_SH=/bin/bash BUILD_DIR=$PWD TMPDIR=$PWD BASH_TSTOUT=$PWD/output PATH=.:$PATH
        sh "$1"
        ! [ -e "$BASH_TSTOUT" ]
        ;;
    perl)
        cp -r "$FOLDER/perl/t" . && ln -s "$FOLDER/perl/lib" lib && ln -s /usr/bin/perl perl
        cd t && exec ./perl -I../lib "$1"
        ;;
    tcl)
        cp -r "$FOLDER/tcl/tests" . && export HOME=$PWD
        cd tests && exec tclsh8.6 "$1" -tmpdir "$OLDPWD"
        ;;
    sqlite) exec "$FOLDER/sqlite/testfixture" "$FOLDER/sources/sqlite3/test/$1" ;;
    stress) exec stress-ng --"$1" 1 --timeout 1s --verify --temp-path "$PWD" ;;
    esac
}
one() {
    local log=$LOGS/${1//\//_} scratch status
    scratch=$(mktemp -d /tmp/case.XXXXXX) && cd "$scratch" || return
    timeout -s KILL "$SECONDS_EACH" bash -c 'case_command "$1"' _ "$1" >"$log" 2>&1 </dev/null
    status=$?
    # TAP: a failed test of perl's need not be in the status.
    [ "$SUITE" = perl ] && [ $status = 0 ] && grep -qE '^not ok ' "$log" && ! grep -qE '^not ok .*# *T[O]DO' "$log" && status=1
    # tcltest's status is 0 whatever failed.
    [ "$SUITE" = tcl ] && [ $status = 0 ] && ! grep -qE '^Tests ended|Failed[[:space:]]0$' "$log" && status=1
    cd / && rm -rf "$scratch"
    echo "$1 $status"
}
export -f one case_command
mkdir -p "$LOGS"
xargs -P"$4" -n1 bash -c 'one "$1" 2>/dev/null' _ <"$3"
