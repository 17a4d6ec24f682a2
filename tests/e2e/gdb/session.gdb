set pagination off
set confirm off
set sysroot /
break main
continue
next
next
print one
break add
continue
backtrace 2
print what
print $fs_base != 0
print sizeof($xmm0)
continue
delete
info threads
handle SIGUSR1 stop print pass
continue
print $_siginfo.si_signo
frame function main
print counter = 77
stepi
continue
