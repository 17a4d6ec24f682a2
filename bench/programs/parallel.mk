# Eight files compiled: DATA has them, OUT gets the objects.
objects := $(foreach n,0 1 2 3 4 5 6 7,$(OUT)/part$(n).o)
all: $(objects)
$(OUT)/%.o: $(DATA)/%.c
	gcc -O1 -c -o $@ $<
