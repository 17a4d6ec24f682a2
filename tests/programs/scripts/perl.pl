#!/usr/bin/perl
# packages: perl
use strict; use warnings; use utf8;
binmode STDOUT, ':utf8'; $| = 1;
use List::Util qw(sum max reduce first shuffle); use Data::Dumper; use POSIX qw(:sys_wait_h strftime floor setlocale LC_ALL); use File::Temp qw(tempfile tempdir); use File::Find; use File::Path qw(make_path remove_tree);
use Time::HiRes qw(usleep time); use Digest::SHA qw(sha256_hex); use Digest::MD5 qw(md5_hex); use MIME::Base64; use Storable qw(dclone freeze thaw); use IO::Socket::UNIX; use IO::Select; use Socket; use Fcntl qw(:flock :seek); use Encode; use IPC::Open3; use Math::BigInt; use threads; use threads::shared; use Sys::Hostname; use JSON::PP; use Compress::Zlib; use Text::Wrap; use Benchmark;

print sum(map { $_ ** 2 } grep { $_ & 1 } 1 .. 100), " ", join(',', sort { $b <=> $a } (5, 3, 9)), "\n";
my %count; $count{lc $_}++ for "The cat and the dog and THE bird" =~ /\w+/g; print map { "$_=$count{$_} " } sort keys %count; print "\n";
local $Data::Dumper::Sortkeys = 1; local $Data::Dumper::Indent = 1; print Dumper({ list => [1, [2, 3]], text => "x" });
print "naïve ✓ ", length("naïve ✓"), " ", length(encode('UTF-8', "naïve ✓")), "\n"; (my $t = "2024-05-06") =~ s/(\d+)-(\d+)-(\d+)/$3.$2.$1/; print "$t\n";
print sha256_hex("abc"), "\n", md5_hex("abc"), "\n", encode_base64("hello"), strftime("%Y-%m-%d", gmtime(86400 * 365)), "\n", Math::BigInt->new(2)->bpow(200), "\n";

for my $n (1 .. 5) { my $pid = fork // die "fork: $!"; exit $n unless $pid; waitpid $pid, 0; print $? >> 8, " "; } print "\n";
my $pid = fork; unless ($pid) { $SIG{TERM} = sub { exit 42 }; sleep 1 while 1; } usleep 200_000; kill TERM => $pid; waitpid $pid, 0; print "child ended ", $? >> 8, "\n";
$pid = fork; unless ($pid) { kill SEGV => $$; sleep 5; } waitpid $pid, 0; print "signal ", $? & 127, "\n"; print "none: ", waitpid(-1, WNOHANG), "\n";
pipe my $reader, my $writer; if (!fork) { close $reader; print $writer "line $_\n" for 1 .. 3; exit } close $writer; print <$reader>; wait; print `echo backquotes; exit 3`, $? >> 8, "\n"; system "sh", "-c", "kill -9 \$\$"; print $?, "\n";
{ my ($in, $out); my $p = open3($in, $out, undef, 'tr', 'a-z', 'A-Z'); print $in "upper me\n"; close $in; print <$out>; waitpid $p, 0; }
{ local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 10; alarm 0 }; print $@; }
{ my @caught; local $SIG{USR1} = sub { push @caught, shift }; kill USR1 => $$ for 1 .. 3; usleep 1000; print scalar(@caught) > 0 ? "caught $caught[0]\n" : "none\n"; }

my ($fh, $name) = tempfile(DIR => '.'); print $fh "x" x 10000, "\n"; seek $fh, 5000, SEEK_SET; print $fh "Y"; close $fh; open $fh, '+<', $name or die; flock $fh, LOCK_EX or die; read $fh, my $buffer, 5002; print substr($buffer, -3), " ", -s $name, "\n"; truncate $fh, 10; print -s $fh, "\n"; close $fh; unlink $name;
make_path("p/q/r"); open $fh, '>', "p/q/r/$_" and close $fh for qw(c a b); opendir my $d, 'p/q/r'; print join(' ', sort grep { !/^\./ } readdir $d), "\n"; rename 'p/q/r/a', 'p/z'; symlink 'z', 'p/l'; print readlink 'p/l', (stat 'p/l')[7], -l 'p/l' ? " link\n" : "\n"; chmod 0601, 'p/z'; printf "%o\n", (stat 'p/z')[2]; utime 1, 2, 'p/z'; print join(',', (stat 'p/z')[8, 9]), "\n"; remove_tree 'p'; print -e 'p' ? "there\n" : "gone\n"; print open(my $no, '<', 'nothing') ? '' : "$!\n";

socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die $!; $a->autoflush(1); print $a "socket\n"; print scalar <$b>; my $server = IO::Socket::UNIX->new(Local => 'sock', Listen => 5) or die $!; if (!fork) { my $c = IO::Socket::UNIX->new(Peer => 'sock') or die $!; print $c "from client\n"; print scalar <$c>; exit } my $c = $server->accept; print scalar <$c>; print $c "from server\n"; close $c; wait;
my $shared :shared = 0; my @t = map { my $n = $_; threads->create(sub { for (1 .. 50) { lock $shared; $shared += $n } return $n * $n }) } 1 .. 4; print sum(map { $_->join } @t), " $shared\n";
print decode_json('{"a":[1,2,{"b":null}]}')->{a}[1], " ", length(compress("a" x 100000)) < 1000 ? "small" : "big", " ", uncompress(compress("round trip")), "\n"; print wrap('', '  ', "long text " x 12), "\n"; my $copy = dclone({ a => [1 .. 3] }); print "@{$copy->{a}}\n"; print pack('NnC', 1, 2, 3) eq "\0\0\0\1\0\2\3" ? "pack\n" : "no\n"; printf "%s %.10g %s\n", 1e21, 0.1 + 0.2, 10 / 3; my @sieve = grep { my $n = $_; !grep { $n % $_ == 0 } 2 .. sqrt $n } 2 .. 200; print scalar @sieve, "\n"; { my $r = eval { die { code => 7 } }; print $@->{code}, "\n"; } print sprintf('%vd', '1.22.333'), "\n"; local $ENV{X} = 'y'; print `printenv X`; exec 'sh', '-c', 'echo last; exit 8';
