# Three processes at work in one pipeline while a fourth runs amok beside them, in the same enclave.
/demo/wild &
wild=$!
seq 1 300000 | sha256sum | cut -c 1-16
wait "$wild"; echo "wild ended with status $? (139 is SIGSEGV)"
seq 1 300000 | sha256sum | cut -c 1-16
