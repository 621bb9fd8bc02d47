package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.KernelRoundTrip;
import dev.diver.e2e.Shell;
import dev.diver.e2e.TinyKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a dive of any kernel costs beyond QEMU, and what GRUB's ISO does. */
final class KernelBenchmark {

  private static final int RUNS = 5;
  private static final double ALLOWED_MS = 150;
  private static final String BY_GRUB = "mb2.elf";

  /** The platform that Diver makes such ISOs for; without it, GRUB takes all that are there. */
  private static final String BIOS = "/usr/lib/grub/i386-pc";

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  KernelBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() throws Exception {
    KernelRoundTrip trip = new KernelRoundTrip(shell, shell);
    for (TinyKernel kernel : TinyKernel.all()) {
      if (!kernel.isRefused() && !kernel.isEndless()) {
        trip.imported(kernel);
        trip.divedByPublisher(kernel.name()).expect(kernel.verdict());
        dive(kernel);
      }
      if (kernel.file().equals(BY_GRUB)) {
        grubIso(kernel);
      }
    }
  }

  private void dive(TinyKernel kernel) throws Exception {
    String[] dive = {Shell.DIVER, "dive", "--kernel", kernel.name() + ":1"};
    String bare = shell.run(with(dive, "--dry-run")).text();
    int status = shell.run(dive).status();
    Pairs pairs =
        Pairs.measure(
            RUNS,
            () -> Expect.status(status, shell.run(dive)),
            () -> shell.run("sh", "-c", bare + " 2>&1"));
    rows.add(
        pairs.row(
            "diver dive of " + kernel.file(),
            "the command of --dry-run",
            1.10,
            pairs.ourMedian() - pairs.theirMedian() <= ALLOWED_MS));
  }

  /** The commands of --dry-run up to the machine, against the program that they call. */
  private void grubIso(TinyKernel kernel) throws Exception {
    Path cache = shell.home().resolve("cache/iso");
    clear(cache);
    String[] dryRun = {Shell.DIVER, "dive", "--kernel", kernel.name() + ":1", "--dry-run"};
    String all = shell.run(dryRun).text();
    String making = all.substring(0, all.indexOf("qemu-system-")).replaceFirst("\\S*$", "");
    Path tree = Files.createDirectories(shell.folder().resolve("grub/boot/grub"));
    Files.writeString(tree.resolve("grub.cfg"), "multiboot2 /boot/kernel\nboot\n");
    Files.copy(kernel.path(), tree.resolveSibling("kernel"));
    rows.add(
        Pairs.measure(
                RUNS,
                () -> {
                  clear(cache);
                  Expect.success(shell.run("sh", "-c", making + "\ntrue"));
                },
                () ->
                    Expect.success(
                        shell.run("grub-mkrescue", "-d", BIOS, "-o", "alone.iso", "grub")))
            .row("GRUB ISO of " + kernel.file(), "grub-mkrescue alone", 1.2));
  }

  private static void clear(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static String[] with(String[] words, String last) {
    return Stream.concat(Stream.of(words), Stream.of(last)).toArray(String[]::new);
  }
}
