package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.remote.KernelInfo;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.StoredKernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code diver info}. */
final class Info implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Shows what a kernel is, which modes it supports, which system calls it handles, and its \
            releases. Asks the catalog; for a kernel that only this machine has, or where the \
            catalog does not answer, shows what is here.\
            """)
        .argument("REF", "a kernel, as in remora or remora:0.1.0")
        .catalog()
        .json()
        .example("Look at a kernel before you pull it", "info remora")
        .example("List its releases for a script", "info remora --json | jq '.releases[].version'");
  }

  @Override
  public int run(Given given, Shell shell) {
    KernelReference reference = given.reference(0);
    Kernels kernels = Kernels.of(given, shell);
    Optional<StoredKernel> local = kernels.store().find(reference);
    try {
      KernelInfo info = kernels.client().info(nameOf(reference));
      show(info.spec(), Optional.of(info), local, given.wantsJson(), shell);
    } catch (DiverException e) {
      if (local.isEmpty() || !isAbsence(e.failure())) {
        throw e;
      }
      shell.say("note: " + e.failure().what() + " This is what is here.");
      show(kernels.store().spec(local.get()), Optional.empty(), local, given.wantsJson(), shell);
    }
    return 0;
  }

  private static String nameOf(KernelReference reference) {
    return reference.registry().map(registry -> registry + "/").orElse("") + reference.name();
  }

  private static boolean isAbsence(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.NOT_FOUND;
  }

  private static void show(
      KernelSpec spec,
      Optional<KernelInfo> info,
      Optional<StoredKernel> local,
      boolean json,
      Shell shell) {
    if (json) {
      shell.printJson(tree(spec, info, local));
      return;
    }
    boolean color = shell.colorOut();
    shell.println(
        Style.BOLD.of(Plain.line(spec.name() + " " + spec.version()), color)
            + "  "
            + Plain.line(spec.summary()));
    line(shell, "tags", String.join(", ", spec.tags()));
    line(shell, "modes", String.join(", ", spec.modes().keySet()));
    line(shell, "arch", spec.arch());
    line(shell, "runs", apps(spec));
    line(shell, "boots", boot(spec.boot()));
    line(shell, "ends", "exit status by " + spec.exit().convention());
    Optional.ofNullable(spec.modes().get(ModeName.FULL_VM))
        .ifPresent(needs -> line(shell, "needs", needs(needs)));
    line(shell, "templates", String.join(", ", spec.sdk().templates()));
    line(shell, "nets", nets(spec.net()));
    line(shell, "license", spec.license());
    line(shell, "homepage", spec.homepage().orElse(""));
    line(shell, "base", spec.provenance().base().orElse(""));
    line(shell, "syscalls", syscalls(spec.syscalls()));
    local.ifPresent(kernel -> line(shell, "here", kernel.reference() + " " + kernel.digest()));
    info.ifPresent(found -> line(shell, "pulls", Long.toString(found.summary().pulls())));
    info.ifPresent(found -> releases(found.releases(), shell));
    if (!spec.description().isBlank()) {
      shell.println("\n" + Plain.text(spec.description().strip()));
    }
  }

  /** What the package brings to make and run nets. */
  private static String nets(KernelSpec.NetScripts net) {
    List<String> brings = new ArrayList<>();
    net.build().ifPresent(_ -> brings.add("built by its own script"));
    net.test().ifPresent(_ -> brings.add("tested by its own script"));
    net.deploy().ifPresent(_ -> brings.add("prepared by its own script for each dive"));
    net.templates().ifPresent(_ -> brings.add("with templates of its own (diver new --list)"));
    return String.join(", ", brings);
  }

  private static void line(Shell shell, String label, String value) {
    if (!value.isEmpty()) {
      shell.println(
          Style.DIM.of(label + " ".repeat(11 - label.length()), shell.colorOut())
              + Plain.line(value));
    }
  }

  private static String apps(KernelSpec spec) {
    String runs =
        switch (spec.abi()) {
          case LINUX -> "Linux executables";
          case LINUX_SOURCE -> "programs for Linux, compiled for it";
          case NONE -> "programs that were written for it";
        };
    return runs
        + (spec.languages().isEmpty() ? "" : ", in " + String.join(", ", spec.languages()))
        + " (abi "
        + spec.abi()
        + ")";
  }

  private static String boot(KernelSpec.Boot boot) {
    return boot.protocol()
        + ", the app "
        + switch (boot.app()) {
          case INITRD -> "as initial ramdisk";
          case INITRAMFS -> "as /init";
          case MODULE -> "as last module";
          case DISK -> "on the first disk";
          case NONE -> "in the image";
        }
        + ", output on "
        + boot.console();
  }

  private static String needs(KernelSpec.ModeNeeds needs) {
    StringBuilder text = new StringBuilder();
    text.append("machine ").append(needs.machine());
    text.append(", memory ").append(needs.memoryMin()).append(" or more");
    if (!needs.cpuFeatures().isEmpty()) {
      text.append(", CPU with ").append(String.join(", ", needs.cpuFeatures()));
    }
    if (!needs.hypervisors().isEmpty()) {
      text.append("; on ").append(String.join(", ", needs.hypervisors()));
    }
    return text.toString();
  }

  private static String syscalls(KernelSpec.Syscalls syscalls) {
    if (syscalls.handled().isEmpty() && syscalls.delegated().isEmpty()) {
      return "";
    }
    return syscalls.handled().size()
        + " handled"
        + (syscalls.delegated().isEmpty() ? "" : ", " + syscalls.delegated().size() + " delegated")
        + " (names with --json)";
  }

  private static void releases(List<KernelInfo.Release> releases, Shell shell) {
    String label = "releases";
    for (KernelInfo.Release release : releases) {
      line(
          shell,
          label,
          release.version()
              + "  "
              + release.digest()
              + "  "
              + Quantity.bytes(release.size())
              + (release.yanked() ? "  yanked" : ""));
      label = "";
    }
  }

  private static Map<String, Object> tree(
      KernelSpec spec, Optional<KernelInfo> info, Optional<StoredKernel> local) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", spec.name());
    tree.put("version", spec.version());
    tree.put("summary", spec.summary());
    tree.put("description", spec.description());
    tree.put("tags", spec.tags());
    tree.put("modes", List.copyOf(spec.modes().keySet()));
    tree.put("arch", spec.arch());
    tree.put("abi", spec.abi());
    tree.put("languages", spec.languages());
    tree.put("boot", spec.boot().protocol());
    tree.put("app", spec.boot().app());
    tree.put("console", spec.boot().console());
    tree.put("exit", spec.exit().convention());
    tree.put(
        "hypervisors",
        Optional.ofNullable(spec.modes().get(ModeName.FULL_VM))
            .map(KernelSpec.ModeNeeds::hypervisors));
    tree.put("license", spec.license());
    tree.put("homepage", spec.homepage());
    tree.put("base", spec.provenance().base());
    tree.put("templates", spec.sdk().templates());
    tree.put("net", net(spec.net()));
    tree.put("handled", spec.syscalls().handled());
    tree.put("delegated", spec.syscalls().delegated());
    tree.put("here", local.map(Images::tree));
    tree.put("pulls", info.map(found -> found.summary().pulls()));
    tree.put(
        "releases",
        info.map(found -> found.releases().stream().map(Info::release).toList()).orElse(List.of()));
    return tree;
  }

  private static Map<String, Object> net(KernelSpec.NetScripts net) {
    Map<String, Object> tree = new LinkedHashMap<>(net.byName());
    net.templates().ifPresent(path -> tree.put("templates", path));
    return tree;
  }

  private static Map<String, Object> release(KernelInfo.Release release) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("version", release.version());
    tree.put("digest", release.digest());
    tree.put("size", release.size());
    tree.put("published", release.published());
    tree.put("yanked", release.yanked());
    return tree;
  }
}
