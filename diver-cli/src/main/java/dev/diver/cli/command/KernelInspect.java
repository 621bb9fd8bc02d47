package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.image.Recognized.Evidence;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.image.Recognized.Problem;
import dev.diver.kernels.image.Recognized.Severity;
import dev.diver.kernels.image.Recognizer;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code diver kernel inspect}. */
final class KernelInspect implements Verb {

  /** It was looked at, and it does not boot. */
  private static final int DOES_NOT_BOOT = 1;

  private static final int LABEL = 11;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Says what a file is, how it boots, and why it would not: kernels (ELF with multiboot \
            or PVH, bzImage, EFI applications), disks and CD images. Reads headers only and \
            executes nothing; whether the kernel itself then runs, only a boot tells (kernel \
            import).
            Ends with status 1 where it cannot boot.\
            """)
        .argument("FILE", "what a kernel's build leaves, or a download")
        .json()
        .example("Find out how a kernel boots", "kernel inspect build/kernel.elf")
        .example("See the version of this machine's Linux", "kernel inspect /boot/vmlinuz")
        .example(
            "List what is wrong with a file, for a script",
            "kernel inspect disk.img --json | jq '.problems[].what'");
  }

  @Override
  public int run(Given given, Shell shell) {
    Recognized kernel = Recognizer.of(shell.path(given.required(0)));
    if (given.wantsJson()) {
      shell.printJson(tree(kernel));
    } else {
      print(kernel, shell);
    }
    return kernel.bootable() ? 0 : DOES_NOT_BOOT;
  }

  private static void print(Recognized kernel, Shell shell) {
    boolean color = shell.colorOut();
    shell.println(
        Style.BOLD.of(Plain.line(String.valueOf(kernel.file().getFileName())), color)
            + "  "
            + Plain.line(kernel.what())
            + ", "
            + Quantity.bytes(kernel.size()));
    kernel.version().ifPresent(version -> line(shell, "version", version));
    kernel.architecture().ifPresent(arch -> line(shell, "arch", arch));
    kernel.diskFormat().ifPresent(format -> line(shell, "format", format));
    String label = "boots";
    for (Method method : kernel.methods()) {
      line(shell, label, words(method));
      label = "or";
    }
    label = "evidence";
    for (Evidence evidence : kernel.evidence()) {
      line(shell, label, "0x%x  %s".formatted(evidence.offset(), evidence.meaning()));
      label = "";
    }
    for (Problem problem : kernel.problems()) {
      boolean fatal = problem.severity() == Severity.FATAL;
      shell.println(
          (fatal ? Style.RED : Style.YELLOW).of(fatal ? "problem:" : "warning:", color)
              + " "
              + Plain.line(problem.what()));
      shell.println("   " + Style.CYAN.of("help:", color) + " " + Plain.line(problem.remedy()));
    }
  }

  private static void line(Shell shell, String label, String value) {
    String padded = label + " ".repeat(LABEL - label.length());
    shell.println(Style.DIM.of(padded, shell.colorOut()) + Plain.line(value));
  }

  private static String words(Method method) {
    String carrier =
        switch (method.carrier()) {
          case KERNEL -> "loaded by the hypervisor (-kernel)";
          case GRUB_ISO -> "from a CD image with GRUB, which Diver makes";
          case CDROM -> "from this CD image";
          case DRIVE -> "from this disk";
          case EFI_PARTITION -> "started by UEFI firmware";
        };
    String entry = method.entry().map(e -> ", entry 0x%x".formatted(e)).orElse("");
    return "%s, %s, firmware %s, machine %s%s"
        .formatted(
            method.protocol(),
            carrier,
            method.firmware(),
            String.join(" or ", method.machines()),
            entry);
  }

  static Map<String, Object> tree(Recognized kernel) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("file", kernel.file().toString());
    tree.put("size", kernel.size());
    tree.put("form", kernel.form().toString());
    tree.put("what", kernel.what());
    tree.put("bootable", kernel.bootable());
    tree.put("version", kernel.version());
    tree.put("arch", kernel.architecture());
    tree.put("compression", kernel.compression().map(Object::toString));
    tree.put("disk_format", kernel.diskFormat());
    tree.put("methods", kernel.methods().stream().map(KernelInspect::method).toList());
    tree.put("evidence", kernel.evidence().stream().map(KernelInspect::evidence).toList());
    tree.put("problems", kernel.problems().stream().map(KernelInspect::problem).toList());
    return tree;
  }

  private static Map<String, Object> method(Method method) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("protocol", method.protocol().toString());
    tree.put("carrier", method.carrier().toString());
    tree.put("firmware", method.firmware().toString());
    tree.put("machines", method.machines());
    tree.put("entry", method.entry().map("0x%x"::formatted));
    return tree;
  }

  private static Map<String, Object> evidence(Evidence evidence) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("offset", evidence.offset());
    tree.put("meaning", evidence.meaning());
    return tree;
  }

  private static Map<String, Object> problem(Problem problem) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("severity", problem.severity().toString());
    tree.put("what", problem.what());
    tree.put("remedy", problem.remedy());
    return tree;
  }
}
