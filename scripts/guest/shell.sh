# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# A prompt with both drivers loaded. Sourced by /init.
#
# Verdict: result=pass unless a driver cannot be loaded or unloaded.

result=pass
load || result=fail

cat <<'END'

  Both drivers are loaded, and this shell holds both devices open (as file
  descriptors 8 and 9), so that what is written to them stays:

    echo hello >/dev/kvbuf_c; cat /dev/kvbuf_c; cat /proc/$$/fdinfo/8
    cat /vmlinux >/dev/kvbuf_rust; cat /proc/$$/fdinfo/9
    sha256sum /vmlinux /dev/kvbuf_rust
    kvbuf_test -h

  kvmalloc() at work, and made to fall back:

    echo 1 >/sys/kernel/debug/kvmalloc/enable
    echo -1 >/sys/kernel/debug/kvmalloc_fallback/times
    echo 50 >/sys/kernel/debug/kvmalloc_fallback/probability
    kvbuf_test >/dev/null; kvstat -c

  Leave with "exit"; that powers the guest off.

END
# A terminal of its own, or there would be no Ctrl-C.
PS1='kvmalloc# ' setsid cttyhack sh 8<>/dev/kvbuf_c 9<>/dev/kvbuf_rust 3>&-

unload || result=fail
give "result=$result"
