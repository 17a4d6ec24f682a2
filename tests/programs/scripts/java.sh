#!/bin/bash
# packages: openjdk-17-jdk-headless
export HOME=$PWD PATH=/usr/lib/jvm/java-17-openjdk-amd64/bin:$PATH
cat >Main.java <<'END'
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;

public class Main {
    record Point(int x, double y) {}
    sealed interface Shape permits Circle, Square {}
    record Circle(double r) implements Shape {}
    record Square(double a) implements Shape {}
    static double area(Shape s) { return s instanceof Circle c ? Math.PI * c.r() * c.r() : ((Square) s).a() * ((Square) s).a(); }
    static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    static int depth(int n) { return depth(n + 1) + 1; }
    public static void main(String[] arguments) throws Exception {
        System.out.println(new Point(1, 2.5) + " " + area(new Circle(2)) + " " + area(new Square(3)) + " " + fib(30));
        System.out.println(IntStream.rangeClosed(1, 1000).parallel().mapToObj(n -> n * n).collect(Collectors.summingInt(n -> n % 1000)));
        var pool = Executors.newFixedThreadPool(4); var sum = new AtomicLong(); var futures = new ArrayList<Future<Integer>>();
        for (int i = 0; i < 50; i++) { int n = i; futures.add(pool.submit(() -> { sum.addAndGet(n); return n * n; })); }
        int total = 0; for (var f : futures) total += f.get(); pool.shutdown(); System.out.println(pool.awaitTermination(5, TimeUnit.SECONDS) + " " + total + " " + sum);
        var map = new ConcurrentHashMap<String, Integer>(); var threads = new ArrayList<Thread>(); for (int t = 0; t < 8; t++) { var thread = new Thread(() -> { for (int i = 0; i < 1000; i++) map.merge("k" + i % 10, 1, Integer::sum); }); threads.add(thread); thread.start(); } for (var t : threads) t.join(); System.out.println(new TreeMap<>(map));
        try { Object o = null; o.hashCode(); } catch (NullPointerException e) { System.out.println("null pointer"); }
        try { System.out.println(10 / (arguments.length - arguments.length)); } catch (ArithmeticException e) { System.out.println(e.getMessage()); }
        try { depth(0); } catch (StackOverflowError e) { System.out.println("stack overflow"); }
        try { var hold = new ArrayList<long[]>(); while (true) hold.add(new long[1 << 22]); } catch (OutOfMemoryError e) { System.out.println("out of memory"); }
        for (int i = 0; i < 300; i++) { var garbage = new byte[1 << 20]; garbage[i] = 1; } System.gc();
        Files.writeString(Path.of("file"), "written\nlines\n"); System.out.println(Files.readAllLines(Path.of("file")) + " " + Files.size(Path.of("file")) + " " + Files.exists(Path.of("nothing")));
        var process = new ProcessBuilder("sh", "-c", "read x; echo got $x; exit 3").redirectErrorStream(true).start(); process.getOutputStream().write("input\n".getBytes()); process.getOutputStream().close(); System.out.print(new String(process.getInputStream().readAllBytes())); System.out.println(process.waitFor());
        System.out.println(String.join(",", "b a c".split(" ")) + " " + "λόγος".toUpperCase() + " " + String.format("%08.3f", Math.E) + " " + new java.math.BigInteger("2").pow(120) + " " + Arrays.hashCode(new Random(7).ints(5).toArray()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook"))); System.exit(4);
    }
}
END
javac -encoding UTF-8 Main.java 2>&1; echo "javac $?"; ls; java -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Xmx64m Main; echo "java $?"; java -Xint -cp . -version 2>&1 | head -1 | cut -d' ' -f1,2; echo 'public class One { public static void main(String[] a) { System.out.println("single file " + a.length + " " + (Runtime.getRuntime().maxMemory() > 100 << 20)); } }' >One.java; java One.java x y; jar cfe one.jar Main *.class; java -Xmx64m -jar one.jar | head -1; echo 'class Bad { int x = "s"; }' >Bad.java; javac Bad.java 2>&1 | tail -1; java -XX:+UseSerialGC One.java; java -XX:+UseParallelGC One.java; echo 'System.out.println(6 * 7)' | jshell -R-Djava.util.prefs.userRoot="$PWD" -s - 2>/dev/null
