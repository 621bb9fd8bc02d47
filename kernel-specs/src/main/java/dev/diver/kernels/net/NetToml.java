package dev.diver.kernels.net;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.document.TomlFile;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@code net.toml}. */
public final class NetToml {

  private static final String DEFAULTS =
      """
      app = ""
      modules = []
      disks = []

      [build]

      [test]

      [dive]
      args = []
      env = {}
      timeout = "0s"
      devices = []
      disks = []
      serial = []
      publish = []
      qemu-args = []
      volumes = []
      delegate = false
      forward = []
      """;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private static final int MAX_CPUS = 1024;

  /** The document as it is written. */
  private record Document(
      String name,
      String kernel,
      String kernelDigest,
      String app,
      Optional<String> image,
      Optional<String> initrd,
      List<String> modules,
      List<String> disks,
      Net.Build build,
      Net.Test test,
      DiveTable dive) {}

  /** As it is written; {@code console} is what {@code serial} was called. */
  private record DiveTable(
      Optional<String> mode,
      Optional<CpuList> cpus,
      Optional<MemorySize> memory,
      List<String> args,
      Map<String, String> env,
      String timeout,
      List<String> devices,
      List<String> disks,
      Optional<String> console,
      List<String> serial,
      Optional<String> net,
      List<String> publish,
      Optional<String> machine,
      Optional<String> cpu,
      Optional<String> firmware,
      Optional<String> hypervisor,
      List<String> qemuArgs,
      List<String> volumes,
      boolean delegate,
      List<String> forward,
      Optional<String> gpos,
      Optional<CpuList> gposCpus,
      Optional<MemorySize> gposMemory) {}

  private NetToml() {}

  /**
   * Reads a net.
   *
   * @param path a net.toml, or the folder that has one
   * @throws DiverException INVALID with file, line and field; NOT_FOUND where there is none
   */
  public static Net read(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve(Net.FILE) : path;
    Document document =
        TomlFile.read(
            file,
            Document.class,
            tree -> RecordBinder.addDefaults(tree, TomlFile.tree(DEFAULTS)),
            NetToml::firstProblem);
    Path folder = Optional.ofNullable(file.toAbsolutePath().normalize().getParent()).orElseThrow();
    return new Net(
        folder,
        document.name(),
        KernelReference.parse(document.kernel()),
        Digest.parse(document.kernelDigest()),
        Optional.of(document.app()).filter(app -> !app.isEmpty()).map(folder::resolve),
        document.image().map(folder::resolve),
        document.initrd().map(folder::resolve),
        document.modules().stream().map(module -> module(folder, module)).toList(),
        document.disks().stream().map(folder::resolve).toList(),
        document.build(),
        document.test(),
        dive(folder, document.dive()));
  }

  private static Net.Dive dive(Path folder, DiveTable dive) {
    return new Net.Dive(
        dive.mode(),
        dive.cpus(),
        dive.memory(),
        dive.args(),
        dive.env(),
        TimeSpan.find(dive.timeout()).map(TimeSpan::duration).filter(timeout -> !timeout.isZero()),
        dive.devices(),
        dive.disks().stream().map(folder::resolve).toList(),
        Stream.concat(dive.console().stream(), dive.serial().stream()).toList(),
        dive.net(),
        dive.publish(),
        dive.machine(),
        dive.cpu(),
        dive.firmware()
            .map(named -> KernelSpec.Firmware.isName(named) ? named : inProject(folder, named)),
        dive.hypervisor(),
        dive.qemuArgs(),
        dive.volumes().stream()
            .map(volume -> volume.startsWith("/") ? volume : inProject(folder, volume))
            .toList(),
        dive.delegate(),
        dive.forward(),
        dive.gpos(),
        dive.gposCpus(),
        dive.gposMemory());
  }

  /** As kernel.toml writes one: its path, then its command line. */
  private static Net.Module module(Path folder, String module) {
    String path = KernelSpec.Boot.path(module);
    return new Net.Module(folder.resolve(path), module.substring(path.length()).strip());
  }

  /** The volume with its folder, which is relative to the project's, made absolute. */
  private static String inProject(Path folder, String volume) {
    int colon = volume.indexOf(':');
    String host = colon < 0 ? volume : volume.substring(0, colon);
    return folder.resolve(host).normalize() + volume.substring(host.length());
  }

  private static Optional<FieldProblem> firstProblem(Document net) {
    return check(
            NAME.matcher(net.name()).matches(),
            "name",
            "is \"" + net.name() + "\", which is not a name.",
            "Use at most 64 letters, digits, dots, dashes and underscores.")
        .or(() -> parsed("kernel", net.kernel(), KernelReference::parse))
        .or(() -> parsed("kernel-digest", net.kernelDigest(), Digest::parse))
        .or(() -> sameDigest(net))
        .or(() -> net.app().isEmpty() ? Optional.empty() : inside("app", net.app()))
        .or(() -> net.image().flatMap(image -> inside("image", image)))
        .or(() -> net.initrd().flatMap(initrd -> inside("initrd", initrd)))
        .or(() -> eachInside("modules", net.modules().stream().map(KernelSpec.Boot::path)))
        .or(() -> eachInside("disks", net.disks().stream()))
        .or(() -> command("test.command", net.test().command()))
        .or(() -> firstProblem(net.dive()));
  }

  private static Optional<FieldProblem> sameDigest(Document net) {
    Optional<Digest> named = KernelReference.parse(net.kernel()).digest();
    return check(
        named.filter(digest -> !digest.toString().equals(net.kernelDigest())).isEmpty(),
        "kernel-digest",
        "is not the digest that kernel names.",
        "Write the same in both.");
  }

  private static Optional<FieldProblem> firstProblem(DiveTable dive) {
    return check(
            TimeSpan.find(dive.timeout()).isPresent(),
            "dive.timeout",
            "is \"" + dive.timeout() + "\", which is not a time.",
            "Write a number with its unit, as in \"1500ms\", \"30s\", \"5m\"; \"0s\" means no"
                + " limit.")
        .or(
            () ->
                check(
                    dive.cpus().filter(n -> n.count() > MAX_CPUS).isEmpty(),
                    "dive.cpus",
                    "is " + dive.cpus().map(CpuList::toString).orElse("") + ".",
                    "Write a number from 1 to " + MAX_CPUS + "."))
        .or(
            () ->
                dive.env().keySet().stream()
                    .filter(key -> !VARIABLE.matcher(key).matches())
                    .findFirst()
                    .map(
                        key ->
                            new FieldProblem(
                                "dive.env",
                                "has \"" + key + "\", which is not the name of a variable.",
                                "Use letters, digits and underscores.")));
  }

  private static Optional<FieldProblem> parsed(
      String field, String value, Consumer<String> parser) {
    try {
      parser.accept(value);
      return Optional.empty();
    } catch (DiverException e) {
      return Optional.of(
          new FieldProblem(field, "cannot be read: " + e.failure().what(), e.failure().remedy()));
    }
  }

  /** Of a test nothing to run is no meaning; a build may be done already. */
  private static Optional<FieldProblem> command(String field, Optional<List<String>> command) {
    return check(
        command.filter(List::isEmpty).isEmpty(),
        field,
        "is empty.",
        "Write a program and its arguments, as in [\"make\", \"test\"], or remove it.");
  }

  private static Optional<FieldProblem> eachInside(String field, Stream<String> paths) {
    return paths.flatMap(path -> inside(field, path).stream()).findFirst();
  }

  /** What a build leaves is in the project, so that a net cannot name a stranger's file. */
  private static Optional<FieldProblem> inside(String field, String path) {
    boolean inside =
        !path.isBlank() && !path.startsWith("/") && !List.of(path.split("/")).contains("..");
    return check(
        inside,
        field,
        "is \"" + path + "\", which is not inside the project.",
        "Write a path relative to the project's folder, as in build/" + field + ".");
  }

  private static Optional<FieldProblem> check(
      boolean holds, String field, String what, String remedy) {
    return holds ? Optional.empty() : Optional.of(new FieldProblem(field, what, remedy));
  }
}
