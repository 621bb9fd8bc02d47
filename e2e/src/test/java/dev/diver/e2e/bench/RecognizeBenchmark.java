package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
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
    double first = first(kernels.getFirst());
    rows.add(
        new Row(
            "recognize a kernel file, the first in a process",
            "-",
            String.format("%.1f ms", first),
            first,
            "ms",
            50,
            false));
    rows.add(slowest(kernels));
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

  /** With the classes still to be loaded, from jars without a start-up cache. */
  private static double first(Path kernel) {
    long start = System.nanoTime();
    Recognizer.of(kernel);
    return (System.nanoTime() - start) / 1e6;
  }

  private Row slowest(List<Path> kernels) throws Exception {
    List<Pairs> all = new ArrayList<>();
    for (Path kernel : kernels) {
      all.add(Pairs.measure(RUNS, () -> Recognizer.of(kernel), () -> file(kernel)));
    }
    Pairs slowest = all.stream().max(Comparator.comparingDouble(Pairs::ourMedian)).orElseThrow();
    return new Row(
        "recognize a kernel file, the slowest of " + kernels.size(),
        "file(1)",
        String.format(
            "%.1f ms / %.1f ms = %.2f",
            slowest.ourMedian(), slowest.theirMedian(), slowest.ratio()),
        slowest.ourMedian(),
        "ms",
        50,
        false);
  }

  private void file(Path kernel) {
    Expect.success(shell.run("file", "-b", kernel.toString()));
  }
}
