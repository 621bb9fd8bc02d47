package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.Gpos;
import dev.diver.deploy.Share;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.StoredKernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the arguments and net.toml say about the Linux that serves a net.
 *
 * @param given the arguments
 * @param defaults what net.toml says
 * @param kernels where its kernel comes from
 * @param shell for paths
 */
record DelegationOptions(Given given, Net.Dive defaults, Kernels kernels, Shell shell) {

  /** The mode that has a Linux in its machine. */
  static final String PARTITIONED = ModeName.PARTITIONED_VM;

  /** Options that mean nothing where nobody delegates. */
  private static final List<String> DELEGATING = List.of("--volume", "--forward", "--native");

  private static final List<String> PARTITIONING =
      List.of("--gpos", "--gpos-cpus", "--gpos-memory");

  /** The delegation of a dive in this mode; empty where the machine is sealed. */
  Optional<Delegation> of(String mode) {
    boolean partitioned = mode.equals(PARTITIONED);
    if (!partitioned) {
      refuse(PARTITIONING, "is for a Linux in the machine", "Add --mode partitioned-vm.");
    }
    boolean hardware = mode.equals(HardwareOptions.MODE);
    if (!partitioned && !hardware && !given.has("--delegate") && !defaults.delegate()) {
      refuse(DELEGATING, "needs a Linux that serves the net", "Add --delegate.");
      return Optional.empty();
    }
    List<String> volumes = new ArrayList<>(defaults.volumes());
    volumes.addAll(given.values("--volume"));
    List<String> forward =
        given.value("--forward").map(DelegationOptions::calls).orElse(defaults.forward());
    return Optional.of(
        new Delegation(
            hardware && given.has("--host") ? Share.parseElsewhere(volumes) : Share.parse(volumes),
            shell.path("."),
            forward,
            given.has("--native"),
            partitioned ? Optional.of(gpos()) : Optional.empty()));
  }

  /** The Linux that a mode has in its machine unless one is named; fetched if need be. */
  static Optional<Gpos> usual(String mode, Kernels kernels) {
    return mode.equals(PARTITIONED)
        ? Optional.of(
            gpos(Given.reference(Gpos.USUAL), Optional.empty(), Optional.empty(), kernels))
        : Optional.empty();
  }

  private Gpos gpos() {
    KernelReference reference =
        Given.reference(given.value("--gpos").or(defaults::gpos).orElse(Gpos.USUAL));
    // these are read before a kernel is fetched
    Optional<CpuList> cpus =
        given.value("--gpos-cpus").map(DelegationOptions::cpus).or(defaults::gposCpus);
    Optional<MemorySize> memory =
        given.value("--gpos-memory").map(DelegationOptions::memory).or(defaults::gposMemory);
    return gpos(reference, cpus, memory, kernels);
  }

  private static Gpos gpos(
      KernelReference reference,
      Optional<CpuList> cpus,
      Optional<MemorySize> memory,
      Kernels kernels) {
    StoredKernel kernel = kernels.here(reference);
    KernelSpec spec = kernels.store().spec(kernel);
    if (spec.gpos().isEmpty()) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              reference + " cannot be the Linux of a partitioned VM: its package has no [gpos].",
              "Name one that can with --gpos, such as linux.")
          .exception();
    }
    return new Gpos(
        reference.toString(),
        spec,
        kernels.store().image(kernel),
        kernels.store().modules(kernel),
        cpus,
        memory);
  }

  private void refuse(List<String> options, String why, String remedy) {
    options.stream()
        .filter(given::has)
        .findFirst()
        .ifPresent(
            option -> {
              throw new UsageException(option + " " + why + ".", remedy);
            });
  }

  private static List<String> calls(String typed) {
    List<String> calls = Arrays.asList(typed.split(",", -1));
    if (calls.contains("")) {
      throw new UsageException(
          "\"" + typed + "\" is not a list of system calls.",
          "Write their names with commas between, as in getpid,uname.");
    }
    return calls;
  }

  /** A number of cores, or a list of them. */
  static CpuList cpus(String typed) {
    return parsed(CpuList::parse, typed);
  }

  /** An amount of memory; the node that it is to be on is the machine's to read. */
  static MemorySize memoryOfAnyNode(String typed) {
    int at = typed.indexOf('@');
    return parsed(MemorySize::parse, at < 0 ? typed : typed.substring(0, at));
  }

  /** An amount of memory, and the node that it is to be on: machines have one, of number 0. */
  static MemorySize memory(String typed) {
    int at = typed.indexOf('@');
    if (at >= 0 && !typed.substring(at).equals("@0")) {
      throw new UsageException(
          "\"" + typed + "\" is not memory on node 0, the only one that a machine has.",
          "Write one size alone, as in " + typed.substring(0, at) + ".");
    }
    return memoryOfAnyNode(typed);
  }

  private static <T> T parsed(Function<String, T> parser, String typed) {
    try {
      return parser.apply(typed);
    } catch (DiverException e) {
      throw new UsageException(e.failure().what(), e.failure().remedy());
    }
  }
}
