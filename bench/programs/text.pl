my (%h, $n, @lines); my $x = 12345;
for my $i (1..500000) { $x = ($x * 1103515245 + 12345) & 0x7fffffff; $h{"k" . ($x % 5003)} += $i; push @lines, "key" . ($x % 97) . " = value$i; # $x" if $i % 10 == 0 }
$n += $h{$_} for sort keys %h; print "$n\n";
my $text = join "\n", @lines; my $c = 0; my %f;
for (1..4) { while ($text =~ /(\w+)\s*=\s*(\w+);/g) { $c++ } $f{lc $_}++ for split /\W+/, $text; $c += keys %f } print "$c\n";
sub fib { my $n = shift; $n < 2 ? $n : fib($n - 1) + fib($n - 2) } print fib(24), "\n";
my @a = sort { $a <=> $b } map { ($_ * 7919) % 100003 } 1..200000; print $a[777], "\n";
