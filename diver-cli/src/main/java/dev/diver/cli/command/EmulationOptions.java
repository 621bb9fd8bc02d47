package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Emulation;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.syscall.SyscallTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the arguments say of a dive in the mode emulated.
 *
 * @param given the arguments
 * @param shell for paths and the environment
 */
record EmulationOptions(Given given, Shell shell) {

  static final String MODE = ModeName.EMULATED;

  /** Options for machines, which there are none of. */
  private static final List<String> MACHINE =
      List.of(
          "--cpus",
          "--memory",
          "--delegate",
          "--volume",
          "--gpos",
          "--gpos-cpus",
          "--gpos-memory",
          "--native",
          "--debug",
          "--device",
          "--disk",
          "--console",
          "--net",
          "--publish",
          "--hypervisor",
          "--machine",
          "--cpu",
          "--firmware",
          "--serial",
          "--stream-in",
          "--stream-out",
          "--qemu-arg");

  /** Whether this mode is asked for. */
  static boolean apply(Given given) {
    boolean emulated = given.value("--mode").filter(MODE::equals).isPresent();
    if (!emulated && given.has("--round-trip")) {
      throw new UsageException(
          "--round-trip chooses what forwarding costs, and a machine's is as it is.",
          "Add --mode emulated, or leave it out.");
    }
    return emulated;
  }

  /** The command: the executable and its arguments, or what stands behind {@code --}. */
  private List<String> command() {
    List<String> command = new ArrayList<>(given.argument(0).stream().toList());
    command.addAll(given.appArguments());
    if (command.isEmpty()) {
      throw new UsageException(
          "There is no program to dive.", "Give one: diver dive --mode emulated -- bzip2 -k file");
    }
    return command;
  }

  /** A name for the dive. */
  String stem() {
    return Optional.ofNullable(Path.of(command().getFirst()).getFileName())
        .map(Path::toString)
        .orElse("dive");
  }

  DiveRequest request(Optional<String> supervised) {
    refuse();
    Kernels kernels = Kernels.of(given, shell);
    Host host = new Host(shell.environment(), kernels.home().cache());
    List<String> command = command();
    Emulation emulation =
        new Emulation(
            shell.path("."), forwarded(kernels), given.value("--round-trip").map(this::time));
    return new DiveRequest(
        host,
        kernels.home().runs(),
        "this Linux",
        Optional.empty(),
        Optional.of(program(command.getFirst(), host)),
        command.subList(1, command.size()),
        DiveTarget.variables(given, shell),
        Optional.empty(),
        Optional.empty(),
        given.value("--timeout").map(DiveTarget::time).orElse(Duration.ZERO),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        false,
        supervised.or(() -> given.value("--name")),
        supervised.isPresent(),
        Optional.empty(),
        Optional.of(emulation),
        MachineOverrides.NONE,
        Optional.empty());
  }

  private void refuse() {
    MACHINE.stream()
        .filter(given::has)
        .findFirst()
        .ifPresent(
            option -> {
              throw new UsageException(
                  option + " is for a machine, and in the mode emulated there is none.",
                  "Leave it out, or take another mode.");
            });
    if (given.has("--kernel") && given.has("--forward")) {
      throw new UsageException(
          "Both --kernel and --forward say which calls are forwarded.", "Give one of them.");
    }
  }

  private Path program(String typed, Host host) {
    return typed.contains("/")
        ? shell.path(typed)
        : host.program(typed)
            .orElseThrow(
                () ->
                    new UsageException(
                        "There is no program " + typed + " on PATH.",
                        "Give its path, as in ./" + typed + "."));
  }

  /** Those that are listed, or that the kernel does not handle; empty for all. */
  private Optional<List<String>> forwarded(Kernels kernels) {
    Optional<String> listed = given.value("--forward").filter(list -> !list.equals("all"));
    if (listed.isPresent()) {
      return Optional.of(List.copyOf(Amount.syscalls("--forward", listed.get())));
    }
    return given
        .value("--kernel")
        .map(Given::reference)
        .map(reference -> notHandled(kernels.store().spec(kernels.here(reference))));
  }

  private static List<String> notHandled(KernelSpec spec) {
    Set<String> handled = Set.copyOf(spec.syscalls().handled());
    return SyscallTable.names().stream().filter(name -> !handled.contains(name)).toList();
  }

  private Duration time(String typed) {
    return Duration.ofNanos(Math.round(Amount.nanos("--round-trip", typed)));
  }
}
