package dev.diver.kernels.net;

import dev.diver.kernels.confine.Confinement;
import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.confine.Script;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.store.KernelStore;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The scripts that a kernel's package brings for nets, ready to run: docs/publishing.md says to
 * publishers what they find. They read the project, and write below its {@code build} alone.
 */
final class NetScripts {

  /** Where a build leaves what it makes, and all that a package's script may write to. */
  static final String BUILD = "build";

  private static final String TEST = "test";
  private static final Duration DEADLINE = Duration.ofHours(1);

  private NetScripts() {}

  /**
   * The script that builds a net.
   *
   * @param path of the script in the package
   */
  static Script build(Net net, String path) {
    namesAreBelowBuild(net);
    Path out = net.folder().resolve(BUILD);
    make(out);
    return script(net, path, out, variables(net), Optional.empty());
  }

  /** The script that tests a built net; UNSUPPORTED where there is none. */
  static Script test(BuiltNet built, KernelStore store) {
    Net net = built.net();
    String path =
        built
            .spec()
            .net()
            .test()
            .orElseThrow(
                () ->
                    new Failure(
                            Failure.Kind.UNSUPPORTED,
                            "%s has no test, and %s brings none."
                                .formatted(net.name(), net.kernel()),
                            "In net.toml write [test] command = [\"make\", \"test\"], or what"
                                + " tests it.")
                        .exception());
    Path out = net.folder().resolve(BUILD).resolve(TEST);
    try {
      Staging.delete(out);
    } catch (IOException e) {
      throw IoFailure.of("empty", out, e);
    }
    make(out);
    Map<String, String> variables = variables(net);
    variables.put("DIVER_IMAGE", built.image().toString());
    return script(net, path, out, variables, Optional.of(store.root()));
  }

  private static Script script(
      Net net, String path, Path out, Map<String, String> variables, Optional<Path> store) {
    Path script = KernelFiles.scripts(net.folder()).resolve(path);
    variables.put("DIVER_OUT", out.toString());
    return new Script(
        path,
        List.of(script.toString()),
        net.folder(),
        List.of(out),
        variables,
        new Grants(false, List.of(), store, DEADLINE));
  }

  /** Runs a script; FAILED with its exit status where that is not 0. */
  static void run(Script script, Redirect output, Map<String, String> environment) {
    int status = new Confinement(environment).run(script, output);
    if (status != 0) {
      throw new Failure(
              Failure.Kind.FAILED,
              script.name() + " failed with exit status " + status + ".",
              "Its own messages say why.")
          .exception();
    }
  }

  /** What a script finds of a net; all paths are absolute. */
  static Map<String, String> variables(Net net) {
    Map<String, String> variables = new TreeMap<>();
    variables.put("DIVER_NET", net.folder().toString());
    variables.put("DIVER_NAME", net.name());
    variables.put("DIVER_SDK", KernelFiles.sdk(net.folder()).toString());
    net.app().ifPresent(app -> variables.put("DIVER_APP", app.toString()));
    net.image().ifPresent(image -> variables.put("DIVER_IMAGE", image.toString()));
    net.initrd().ifPresent(initrd -> variables.put("DIVER_INITRD", initrd.toString()));
    return variables;
  }

  /** Else the script could not make them. */
  private static void namesAreBelowBuild(Net net) {
    Path build = net.folder().resolve(BUILD);
    net.made().stream()
        .filter(file -> !file.normalize().startsWith(build))
        .findFirst()
        .ifPresent(
            file -> {
              throw new Failure(
                      Failure.Kind.INVALID,
                      "%s names %s, and the build script of %s makes files below %s alone."
                          .formatted(
                              net.folder().resolve(Net.FILE),
                              net.folder().relativize(file),
                              net.kernel(),
                              BUILD),
                      "Name a file in " + BUILD + ", or give the net a build.command of its own.")
                  .exception();
            });
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw IoFailure.of("make", folder, e);
    }
  }
}
