package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Network;
import dev.diver.deploy.SharedStreams;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.confine.CommandOutput;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.net.BuiltNet;
import dev.diver.kernels.net.DeployScript;
import dev.diver.kernels.net.DeployedApp;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetBuilder;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.spec.TimeSpan;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is to be dived.
 *
 * @param kernel as the user or the net names it
 * @param bootable what boots
 * @param app the executable; empty where it is linked into the image
 * @param deploy the script of the kernel's package that prepares each dive
 * @param defaults what net.toml says, or nothing
 */
record DiveTarget(
    String kernel,
    DiveRequest.Bootable bootable,
    Optional<Path> app,
    Optional<DeployScript> deploy,
    Net.Dive defaults) {

  private static final String DEFAULT_MODE = ModeName.FULL_VM;

  /** What an app that has files may write to even where nothing is shared. */
  private static final Path TEMPORARY = Path.of("/tmp");

  /** Finds out what the arguments mean; builds a net and pulls a kernel where that is needed. */
  static DiveTarget of(Given given, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    Optional<Path> typed = given.argument(0).map(shell::path);
    Optional<String> kernel = given.value("--kernel");
    if (kernel.isPresent()) {
      return ofExecutable(Given.reference(kernel.get()), typed, kernels);
    }
    Path path = typed.orElse(shell.path("."));
    if (Files.isRegularFile(path) && !path.endsWith(Net.FILE)) {
      throw new UsageException(
          path + " is an executable, and no kernel is given for it.",
          "Name one, as in: diver dive --kernel remora " + given.required(0));
    }
    NetBuilder builder = Build.builder(CommandOutput.STANDARD_ERROR, kernels, shell);
    Net net = NetToml.read(path);
    return ofNet(given.has("--no-build") ? builder.built(net) : builder.build(net), kernels);
  }

  private static DiveTarget ofExecutable(
      KernelReference reference, Optional<Path> app, Kernels kernels) {
    StoredKernel kernel = kernels.here(reference);
    return new DiveTarget(
        reference.toString(),
        kernels.bootable(kernel),
        app,
        DeployScript.of(kernel, kernels.store(), app, kernels.home().cache()),
        Net.Dive.NONE);
  }

  private static DiveTarget ofNet(BuiltNet built, Kernels kernels) {
    Net net = built.net();
    return new DiveTarget(
        net.kernel().toString(),
        kernels.bootable(built.kernel(), built.spec(), built.image()).with(net),
        built.app(),
        DeployScript.of(built),
        net.dive());
  }

  /** Runs the script that prepares this dive. */
  DeployedApp deployed(DiveRequest request, Given given, Shell shell) {
    return DeployedApp.make(
        deploy.orElseThrow(),
        request.args(),
        Kernels.of(given, shell).home().cache(),
        CommandOutput.STANDARD_ERROR,
        shell.environment());
  }

  /** The request for what the script has made. */
  DiveRequest with(DeployedApp deployed, DiveRequest request) {
    return deploy.orElseThrow().linked()
        ? request.with(deployed.file(), request.app())
        : request.with(request.image(), Optional.of(deployed.file()));
  }

  /** A name for the dive of these arguments. */
  static String stem(Given given, Shell shell) {
    Path path = shell.path(given.argument(0).orElse("."));
    return Optional.ofNullable(path.getFileName()).map(Path::toString).orElse("dive");
  }

  String mode(Given given) {
    return given.value("--mode").or(defaults::mode).orElse(DEFAULT_MODE);
  }

  /** The request that the arguments and net.toml make together. */
  DiveRequest request(Given given, Optional<String> supervised, String mode, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    List<String> args = given.appArguments().isEmpty() ? defaults.args() : given.appArguments();
    requirePlace(args, given, shell);
    Optional<Delegation> delegation =
        new DelegationOptions(given, defaults, kernels, shell).of(mode);
    Optional<Hardware> hardware = new HardwareOptions(given, shell).of(mode);
    DiveRequest request =
        new DiveRequest(
                new Host(shell.environment(), kernels.home().cache()),
                kernels.home().runs(),
                kernel,
                bootable,
                app,
                args,
                environment(given, delegation, shell),
                given.value("--cpus").map(DelegationOptions::cpus).or(defaults::cpus),
                given
                    .value("--memory")
                    .map(
                        hardware.isPresent()
                            ? DelegationOptions::memoryOfAnyNode
                            : DelegationOptions::memory)
                    .or(defaults::memory),
                given
                    .value("--timeout")
                    .map(DiveTarget::time)
                    .or(defaults::timeout)
                    .orElse(Duration.ZERO),
                joined(
                    defaults.devices(),
                    hardware.isPresent() ? List.of() : given.values("--device")),
                Stream.concat(
                        defaults.disks().stream(), given.values("--disk").stream().map(shell::path))
                    .toList(),
                joined(defaults.serial(), given.values("--serial")),
                joined(defaults.qemuArgs(), given.values("--qemu-arg")),
                given.has("--debug"),
                supervised.or(() -> given.value("--name")),
                supervised.isPresent(),
                delegation)
            .with(overrides(given, shell));
    return hardware.map(request::with).orElse(request);
  }

  /** Refuses what the kernel's command line has no place for, and would not reach the app. */
  private void requirePlace(List<String> args, Given given, Shell shell) {
    KernelSpec spec = bootable.spec();
    String line = spec.boot().commandLine();
    boolean hasLine =
        spec.boot().protocol() != Protocol.DISK && spec.boot().protocol() != Protocol.ISO;
    boolean takesArgs = deploy.isPresent() || line.contains("args}");
    if (hasLine && !takesArgs && !args.isEmpty()) {
      throw noPlace(spec, "arguments", "{args}");
    }
    boolean anyEnv = !defaults.env().isEmpty() || !variables(given, shell).isEmpty();
    if (hasLine && anyEnv && !line.contains("{env}")) {
      throw noPlace(spec, "variables", "{env}");
    }
  }

  private static RuntimeException noPlace(KernelSpec spec, String what, String place) {
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            "%s takes no %s: its [boot] command-line has no %s."
                .formatted(spec.name(), what, place),
            "Leave them out, or add " + place + " to its kernel.toml where the kernel reads them.")
        .exception();
  }

  /** What is wanted of the machine itself. */
  private MachineOverrides overrides(Given given, Shell shell) {
    return new MachineOverrides(
        given.value("--hypervisor").or(defaults::hypervisor),
        given.value("--machine").or(defaults::machine),
        given.value("--cpu").or(defaults::cpu),
        given.value("--firmware").map(typed -> firmware(typed, shell)).or(defaults::firmware),
        Network.parse(
            given.value("--net").or(defaults::net),
            joined(defaults.publish(), given.values("--publish"))),
        new SharedStreams(
            given.value("--stream-in").map(shell::path),
            given.value("--stream-out").map(shell::path)));
  }

  private static String firmware(String typed, Shell shell) {
    return KernelSpec.Firmware.isName(typed) ? typed : shell.path(typed).toString();
  }

  /** Programs that have files take for granted that they have a home. */
  private Map<String, String> environment(
      Given given, Optional<Delegation> delegation, Shell shell) {
    Map<String, String> environment = new LinkedHashMap<>();
    Path home = shell.path(shell.environment().getOrDefault("HOME", "/"));
    delegation.ifPresent(
        d -> environment.put("HOME", d.inGuest(home).orElse(TEMPORARY).toString()));
    environment.putAll(defaults.env());
    environment.putAll(variables(given, shell));
    return environment;
  }

  /** What the arguments say of the app's variables, in their order. */
  static Map<String, String> variables(Given given, Shell shell) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String typed : given.values("--env")) {
      int equals = typed.indexOf('=');
      String key = equals < 0 ? typed : typed.substring(0, equals);
      if (!key.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        throw new UsageException(
            "\"" + typed + "\" is not a variable.", "Write it as in -e OMP_NUM_THREADS=4.");
      }
      if (equals >= 0) {
        environment.put(key, typed.substring(equals + 1));
      } else if (shell.environment().containsKey(key)) {
        environment.put(key, shell.environment().getOrDefault(key, ""));
      }
    }
    return environment;
  }

  /** Seconds as timeout(1) takes them, or a number with its unit as in net.toml. */
  static Duration time(String typed) {
    if (typed.matches("[0-9]{1,9}(\\.[0-9]{1,3})?")) {
      return Duration.ofMillis(Math.round(Double.parseDouble(typed) * 1000));
    }
    return TimeSpan.find(typed)
        .map(TimeSpan::duration)
        .orElseThrow(
            () ->
                new UsageException(
                    "\"" + typed + "\" is not a time.",
                    "Give seconds, or a number with its unit as in 1500ms, 30s, 5m."));
  }

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
