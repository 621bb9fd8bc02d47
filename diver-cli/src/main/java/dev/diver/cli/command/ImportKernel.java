package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.importing.Finding;
import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.deploy.importing.ImportRequest;
import dev.diver.deploy.importing.ImportRequest.Like;
import dev.diver.deploy.importing.ImportRequest.Module;
import dev.diver.deploy.importing.ImportedKernel;
import dev.diver.deploy.importing.KernelImport;
import dev.diver.deploy.importing.Sighting;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.image.Recognized.Problem;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KnownKernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code diver kernel import}. */
final class ImportKernel implements Verb {

  private static final String DEFAULT_TIMEOUT = "20s";
  private static final int LABEL = 9;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Makes a package of a kernel that somebody else has built: an ELF file, a bzImage, an \
            EFI application, a disk or a CD image, compressed or not. The file is recognized, \
            copied to a new folder NAME with a kernel.toml in which each value has its reason, \
            and booted once on each type of machine that it may run on, to see where it prints, \
            how it ends, and what it lacks. Then it is packed, so that diver dive runs it and \
            diver publish shares it.

            What could not be known is marked in kernel.toml as assumed or unknown. Many kernels \
            need a word on their command line, a module or a disk before they say anything; \
            --like takes such conventions from a kernel that Diver knows (%s) or that is on this \
            machine. A Linux is imported like linux unless told otherwise.

            Where this fails or is interrupted, nothing of it is left. Nothing of the file is \
            executed but inside of a virtual machine, which cannot write to it.\
            """
                .formatted(String.join(", ", KnownKernels.names())))
        .argument("IMAGE", "what boots")
        .option("--name", "NAME[:TAG]", "of the package (default: made of the file's name)")
        .option("--like", "KERNEL", "whose conventions it has: known to Diver, or a package")
        .repeated("--module", "\"FILE ARGS\"", "a multiboot module with its command line")
        .option("--initrd", "FILE", "an initial ramdisk of the kernel's own")
        .repeated("--disk", "FILE", "a disk of the kernel's own, raw or qcow2")
        .option("--headers", "FOLDER", "headers for those who write apps for it")
        .flag("--no-boot", "do not boot it")
        .option("--timeout", "TIME", "of each boot, as in 30s (default " + DEFAULT_TIMEOUT + ")")
        .catalog()
        .json()
        .example("Import a kernel, dive it, share it", "kernel import build/kernel.elf --name mine")
        .example(
            "A Nautilus, by what Diver knows of it",
            "kernel import nautilus.bin --like nautilus --name nautilus:hpc")
        .example(
            "A Linux with a ramdisk of its own", "kernel import /boot/vmlinuz --initrd initrd.img")
        .example(
            "A multiboot kernel with two modules",
            "kernel import xen.gz --module vmlinuz --module initrd.img");
  }

  @Override
  public int run(Given given, Shell shell) {
    ImportedKernel imported = KernelImport.run(request(given, shell));
    if (given.wantsJson()) {
      shell.printJson(tree(imported));
    } else {
      print(imported, shell);
    }
    return 0;
  }

  private static ImportRequest request(Given given, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    Duration timeout = DiveTarget.time(given.value("--timeout").orElse(DEFAULT_TIMEOUT));
    if (timeout.isZero()) {
      throw new UsageException(
          "A boot of no time shows nothing.", "Give a longer --timeout, or --no-boot.");
    }
    return new ImportRequest(
        new Host(shell.environment(), kernels.home().cache()),
        kernels.home().runs(),
        kernels.store(),
        shell.path("."),
        shell.path(given.required(0)),
        given.value("--name").map(ImportKernel::name),
        given.value("--like").map(name -> like(name, kernels)),
        given.values("--module").stream().map(text -> module(text, shell)).toList(),
        given.value("--initrd").map(shell::path),
        given.values("--disk").stream().map(shell::path).toList(),
        given.value("--headers").map(shell::path),
        !given.has("--no-boot"),
        timeout,
        shell::sayDoing);
  }

  private static KernelReference name(String typed) {
    KernelReference name = Given.reference(typed);
    if (name.registry().isPresent() || name.digest().isPresent()) {
      throw new UsageException(
          "\"" + typed + "\" names more than a kernel and its tag.", "Write it as in mine:1.0.");
    }
    return name;
  }

  private static Like like(String name, Kernels kernels) {
    return KnownKernels.names().contains(name)
        ? Like.known(name)
        : new Like(name, kernels.store().spec(kernels.here(Given.reference(name))), Map.of());
  }

  /** A file, or a file and what follows the first blank. */
  private static Module module(String text, Shell shell) {
    Path whole = shell.path(text);
    int blank = text.indexOf(' ');
    return blank < 0 || Files.exists(whole)
        ? new Module(whole, "")
        : new Module(shell.path(text.substring(0, blank)), text.substring(blank).strip());
  }

  private static void print(ImportedKernel imported, Shell shell) {
    String reference = imported.kernel().reference().toString();
    shell.println("Imported " + reference + " " + imported.kernel().digest());
    line(shell, "is", imported.file().what());
    line(shell, "boots", boots(imported));
    imported.boots().forEach(boot -> line(shell, "seen", boot.summary()));
    imported.best().ifPresent(best -> texts(best, shell));
    for (Basis basis : List.of(Basis.ASSUMED, Basis.UNKNOWN)) {
      String fields =
          String.join(
              ", ",
              imported.findings().stream()
                  .filter(finding -> finding.basis() == basis)
                  .map(Finding::field)
                  .distinct()
                  .toList());
      if (!fields.isEmpty()) {
        line(shell, basis.toString(), fields);
      }
    }
    for (Problem problem : imported.problems()) {
      shell.say(Style.YELLOW.of("warning:", shell.colorErr()) + " " + Plain.line(problem.what()));
    }
    shell.say("Look through " + imported.folder().resolve("kernel.toml") + ", then:");
    shell.say("  diver dive --kernel " + reference);
    shell.say("  diver publish " + imported.folder().getFileName());
  }

  private static String boots(ImportedKernel imported) {
    var boot = imported.spec().boot();
    String machine = imported.spec().modes().values().iterator().next().machine();
    return "by " + boot.protocol() + " on " + machine + ", firmware " + boot.firmware();
  }

  private static void texts(Sighting boot, Shell shell) {
    boot.texts()
        .forEach(
            (source, text) ->
                line(shell, "prints", "on " + source.words() + ": " + Sighting.firstLine(text)));
  }

  private static void line(Shell shell, String label, String value) {
    String padded = label + " ".repeat(LABEL - label.length());
    shell.println("  " + Style.DIM.of(padded, shell.colorOut()) + Plain.line(value));
  }

  private static Map<String, Object> tree(ImportedKernel imported) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("reference", imported.kernel().reference().toString());
    tree.put("digest", imported.kernel().digest());
    tree.put("size", imported.kernel().size());
    tree.put("folder", imported.folder().toString());
    tree.put("file", KernelInspect.tree(imported.file()));
    tree.put("boots", imported.boots().stream().map(ImportKernel::tree).toList());
    tree.put("machine", imported.best().map(Sighting::machine));
    tree.put("findings", imported.findings().stream().map(ImportKernel::tree).toList());
    return tree;
  }

  private static Map<String, Object> tree(Sighting boot) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("machine", boot.machine());
    tree.put("end", boot.end().word());
    tree.put("summary", boot.end().summary());
    tree.put("lasted_us", boot.lasted().toNanos() / 1000);
    tree.put("first_word_us", boot.firstWord().map(time -> time.toNanos() / 1000));
    Map<String, Object> texts = new LinkedHashMap<>();
    boot.texts().forEach((source, text) -> texts.put(source.toString(), text));
    tree.put("texts", texts);
    return tree;
  }

  private static Map<String, Object> tree(Finding finding) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("field", finding.field());
    tree.put("basis", finding.basis().toString());
    tree.put("text", finding.text());
    return tree;
  }
}
