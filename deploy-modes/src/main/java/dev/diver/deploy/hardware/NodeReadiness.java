package dev.diver.deploy.hardware;

import dev.diver.deploy.Readiness;
import dev.diver.deploy.Readiness.Thing;
import dev.diver.deploy.machine.Json;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.MemorySize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a node can do for the mode, and the command or boot parameter that mends what it cannot. The
 * agent there has tried it rather than read how the node's Linux was built.
 */
public final class NodeReadiness {

  /** What an enclave needs to begin with (deploy-modes/agent/load.c, load_check). */
  private static final long LEAST = 18L << 20;

  private static final long MIB = 1 << 20;

  /** Debian's way; others have the same file or its like. */
  private static final String BOOT_PARAMETER =
      "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&%1$s /' /etc/default/grub && sudo update-grub && sudo"
          + " reboot  (the boot parameter %1$s)";

  private final Map<String, Object> told;
  private final List<Thing> missing = new ArrayList<>();
  private final List<String> facts = new ArrayList<>();

  private NodeReadiness(Map<String, Object> told) {
    this.told = told;
  }

  /** Asks the node. */
  public static Readiness of(Enclaves enclaves) {
    try {
      return of(enclaves.facts());
    } catch (DiverException e) {
      Failure failure = e.failure();
      return new Readiness.Missing(
          List.of(new Thing(enclaves.node().name(), failure.what(), failure.remedy())), List.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.INTERRUPTED, "Interrupted.", "Start it again.").exception(e);
    }
  }

  static Readiness of(Map<String, Object> told) {
    NodeReadiness node = new NodeReadiness(told);
    node.rights();
    node.cores();
    node.memory();
    node.access();
    return node.missing.isEmpty()
        ? new Readiness.Ready(node.facts)
        : new Readiness.Missing(node.missing, node.facts);
  }

  private void rights() {
    facts.add("Linux " + text("release") + (is("root") ? ", as root" : ""));
    if (!is("root")) {
      missing.add(
          new Thing(
              "root",
              "only root can take cores and memory from Linux",
              "sudo -E diver, or --host ssh://root@HOST"));
    }
  }

  private void cores() {
    List<Map<?, ?>> cores = objects("cores");
    List<Long> free =
        cores.stream()
            .filter(core -> is(core, "online") && is(core, "removable"))
            .map(core -> Json.number(core, "cpu").orElse(0L))
            .filter(cpu -> cpu != 0)
            .toList();
    if (free.isEmpty()) {
      missing.add(
          new Thing(
              "CPU hotplug",
              cores.size() < 2
                  ? "the machine has one core, which its Linux keeps"
                  : "no core can be taken offline now (/sys/devices/system/cpu/cpu1/online)",
              cores.size() < 2
                  ? "use a machine with two cores or more"
                  : "diver ps --all shows who has them; else boot a kernel with"
                      + " CONFIG_HOTPLUG_CPU=y, such as Debian's"));
      return;
    }
    facts.add(
        "cores that can be taken: "
            + free.stream().map(String::valueOf).collect(Collectors.joining(","))
            + " of "
            + cores.size());
    facts.add(siblings(cores));
    facts.add(
        text("isolated").isEmpty()
            ? "no core is kept free of other work (isolcpus=), which is not needed either: a core"
                + " that is taken is gone for Linux"
            : "isolated from other work at boot: " + text("isolated"));
    if (!text("command_line").contains("no_ipi_broadcast")) {
      facts.add(
          "for the least noise, boot with no_ipi_broadcast=1: else Linux interrupts all cores at"
              + " times, taken or not");
    }
  }

  /** Threads of one core slow each other down. */
  private static String siblings(List<Map<?, ?>> cores) {
    String pairs =
        cores.stream()
            .map(core -> Json.text(core, "siblings").orElse(""))
            .filter(list -> list.contains(",") || list.contains("-"))
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .collect(Collectors.joining("; "));
    return pairs.isEmpty()
        ? "no two of them are threads of one core (SMT)"
        : "threads of one core (SMT), best taken together: " + pairs;
  }

  private void memory() {
    long most = 0;
    boolean pages = false;
    for (Map<?, ?> node : objects("nodes")) {
      long whole = Json.number(node, "contiguous_bytes", 0, Long.MAX_VALUE / 2).orElse(0L);
      List<String> sizes = new ArrayList<>();
      for (Object element : Json.array(node, "pages")) {
        if (element instanceof Map<?, ?> size) {
          long bytes = Json.number(size, "bytes", 1024, 1L << 40).orElse(1024L) & -1024;
          long free = Json.number(size, "free", 0, 1 << 20).orElse(0L);
          pages = true;
          whole += bytes * free;
          long total = Json.number(size, "total", 0, 1 << 20).orElse(0L);
          if (total > 0) {
            sizes.add(free + " of " + total + " pages of " + new MemorySize(bytes));
          }
        }
      }
      most = Math.max(most, whole);
      facts.add(
          "NUMA node %d (cores %s): %s free, %s can be huge pages%s"
              .formatted(
                  Json.number(node, "node").orElse(0L),
                  Json.text(node, "cores").orElse(""),
                  shown(Json.number(node, "free_bytes", 0, Long.MAX_VALUE / 2).orElse(0L)),
                  shown(whole),
                  sizes.isEmpty() ? "" : "; reserved and free: " + String.join(", ", sizes)));
    }
    if (!pages) {
      missing.add(
          new Thing(
              "huge pages",
              "this Linux has none, and an enclave's memory is made of them",
              "boot a kernel with CONFIG_HUGETLBFS=y, such as Debian's"));
    } else if (most < LEAST) {
      missing.add(
          new Thing(
              "huge pages",
              "an enclave begins with " + shown(LEAST) + ", and no node has that in one piece",
              "sudo sysctl vm.drop_caches=3 vm.compact_memory=1"));
    }
  }

  private void access() {
    String lockdown = text("lockdown");
    if (!lockdown.isEmpty() && !lockdown.equals("none")) {
      missing.add(
          new Thing(
              "lockdown",
              "this Linux is locked down (" + lockdown + "), so that not even root may do this",
              "turn Secure Boot off in the firmware, and boot without lockdown="));
      return;
    }
    if (!is("root")) {
      return; // nothing of what follows could be tried
    }
    if (!is("dev_mem")) {
      missing.add(
          new Thing(
              "/dev/mem",
              "physical memory cannot be reached",
              "boot a kernel with CONFIG_DEVMEM=y, such as Debian's"));
      return;
    }
    if (!is("apic_reached")) {
      boolean byMsr = is("x2apic") && !is("msr");
      missing.add(
          new Thing(
              byMsr ? "msr" : "iomem=relaxed",
              Optional.of(text("apic_problem"))
                  .filter(why -> !why.isEmpty())
                  .orElse("the interrupt controller, which starts cores, cannot be reached"),
              byMsr
                  ? "sudo modprobe msr  (for good: echo msr | sudo tee"
                      + " /etc/modules-load.d/msr.conf)"
                  : BOOT_PARAMETER.formatted("iomem=relaxed")));
    } else {
      facts.add(
          "cores are started by "
              + (is("x2apic") ? "the x2APIC's registers (msr)" : "the local APIC, through /dev/mem")
              + (is("strict_devmem") ? "; STRICT_DEVMEM is on, and does not matter" : ""));
    }
    if (Json.number(told, "trampoline").orElse(0L) == 0) {
      missing.add(
          new Thing(
              "a page below 1 MiB",
              "a core starts in one, and Linux uses them all",
              BOOT_PARAMETER.formatted("reservelow=64K")));
    }
  }

  private boolean is(String name) {
    return is(told, name);
  }

  private static boolean is(Map<?, ?> object, String name) {
    return Boolean.TRUE.equals(object.get(name));
  }

  private String text(String name) {
    return Json.text(told, name).orElse("");
  }

  private List<Map<?, ?>> objects(String name) {
    List<Map<?, ?>> objects = new ArrayList<>();
    for (Object element : Json.array(told, name)) {
      if (element instanceof Map<?, ?> object) {
        objects.add(object);
      }
    }
    return objects;
  }

  private static String shown(long bytes) {
    long mebibytes = bytes / MIB;
    return mebibytes == 0 ? "0" : new MemorySize(mebibytes * MIB).toString();
  }
}
