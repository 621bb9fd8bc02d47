package dev.diver.e2e.bench;

import dev.diver.e2e.Shell;
import dev.diver.kernels.image.Recognizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** How long it takes to tell what a kernel's file is, beside file(1) on the same files. */
final class RecognizeBenchmark {

  private static final int RUNS = 21;

  /** One of each kind that the table of boot protocols has, and what Debian packages. */
  private static final List<String> TINY =
      List.of(
          "mb1.elf",
          "mb2.elf",
          "pvh.elf",
          "linux.bzimage",
          "uefi.efi",
          "disk.img",
          "qcow2.img",
          "grub.iso",
          "gzip.elf.gz");

  private static final List<String> DEBIAN =
      List.of(
          "/boot/memtest86+x64.bin",
          "/usr/lib/memtest86+/memtest86+x64.iso",
          "/boot/xen-4.17-amd64.gz",
          "/boot/xen-4.17-amd64.efi");

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  RecognizeBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() throws Exception {
    List<Path> kernels = kernels();
    inProcess(kernels);
    asCommand(kernels.getLast());
  }

  private static List<Path> kernels() throws Exception {
    List<Path> kernels = new ArrayList<>();
    TINY.forEach(name -> kernels.add(Shell.ROOT.resolve("e2e/kernels/build").resolve(name)));
    DEBIAN.forEach(name -> kernels.add(Path.of(name)));
    try (Stream<Path> boot = Files.list(Path.of("/boot"))) {
      boot.filter(file -> file.getFileName().toString().startsWith("vmlinuz-"))
          .forEach(kernels::add);
    }
    return kernels;
  }

  /** The slowest of them; the first call, which loads the classes, counts as one of its kind. */
  private void inProcess(List<Path> kernels) throws Exception {
    long start = System.nanoTime();
    Recognizer.of(kernels.getFirst());
    double first = (System.nanoTime() - start) / 1e6;
    List<Pairs> all = new ArrayList<>();
    for (Path kernel : kernels) {
      all.add(Pairs.measure(RUNS, () -> Recognizer.of(kernel), () -> file(kernel)));
    }
    Pairs slowest = all.stream().max(Comparator.comparingDouble(Pairs::ourMedian)).orElseThrow();
    rows.add(
        new Row(
            "recognize a kernel file, the first in a process",
            "-",
            String.format("%.1f ms", first),
            first,
            "ms",
            50,
            false));
    rows.add(
        new Row(
            "recognize a kernel file, the slowest of " + kernels.size(),
            "file(1)",
            String.format("%.1f ms / %.1f ms", slowest.ourMedian(), slowest.theirMedian()),
            slowest.ratio(),
            "x",
            1.0,
            slowest.ourMedian() <= 50));
  }

  /** What the verb costs over a command that does next to nothing. */
  private void asCommand(Path kernel) throws Exception {
    diver("kernel", "inspect", kernel.toString());
    Pairs pairs =
        Pairs.measure(
            RUNS, () -> diver("kernel", "inspect", kernel.toString()), () -> file(kernel));
    rows.add(
        pairs.row("diver kernel inspect of a bzImage", "file(1)", 10, pairs.ourMedian() <= 150));
  }

  private void file(Path kernel) {
    must("file", "-b", kernel.toString());
  }

  private void diver(String... words) {
    must(Stream.concat(Stream.of(Shell.DIVER), Stream.of(words)).toArray(String[]::new));
  }

  private void must(String... command) {
    Shell.Result result = shell.run(command);
    if (result.status() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + result);
    }
  }
}
