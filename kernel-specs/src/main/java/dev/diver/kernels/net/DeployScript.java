package dev.diver.kernels.net;

import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.confine.Script;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The script of a kernel's package that prepares each dive: from what was built it makes, for the
 * arguments of this dive, what is delivered.
 *
 * @param name as messages call it
 * @param script absolute
 * @param folder where it runs
 * @param readable what it may read besides
 * @param variables what it finds of the net
 * @param linked whether it makes the image rather than the app
 */
public record DeployScript(
    String name,
    Path script,
    Path folder,
    List<Path> readable,
    Map<String, String> variables,
    boolean linked) {

  private static final Duration DEADLINE = Duration.ofMinutes(5);

  public DeployScript {
    readable = List.copyOf(readable);
    variables = Map.copyOf(variables);
  }

  /** That of a net; empty where its kernel has none. */
  public static Optional<DeployScript> of(BuiltNet built) {
    Net net = built.net();
    return built
        .spec()
        .net()
        .deploy()
        .map(
            path -> {
              Map<String, String> variables = NetScripts.variables(net);
              variables.put("DIVER_IMAGE", built.image().toString());
              return new DeployScript(
                  path,
                  KernelFiles.scripts(net.folder()).resolve(path),
                  net.folder(),
                  List.of(built.image()),
                  variables,
                  isLinked(built.spec()));
            });
  }

  /**
   * That of an app without a net; empty where its kernel has none.
   *
   * @param cache a folder where the package's scripts are kept unpacked
   */
  public static Optional<DeployScript> of(
      StoredKernel kernel, KernelStore store, Optional<Path> app, Path cache) {
    KernelSpec spec = store.spec(kernel);
    Path image = store.image(kernel);
    return spec.net()
        .deploy()
        .map(
            path -> {
              Path scripts = KernelFiles.cachedScripts(kernel, store, cache);
              List<Path> readable = new ArrayList<>(List.of(image));
              Map<String, String> variables = new TreeMap<>();
              variables.put("DIVER_NAME", spec.name());
              variables.put("DIVER_IMAGE", image.toString());
              app.map(Path::toAbsolutePath)
                  .ifPresent(
                      file -> {
                        readable.add(file);
                        variables.put("DIVER_APP", file.toString());
                      });
              return new DeployScript(
                  path, scripts.resolve(path), scripts, readable, variables, isLinked(spec));
            });
  }

  private static boolean isLinked(KernelSpec spec) {
    return spec.boot().app() == AppDelivery.NONE;
  }

  /** The one file that it leaves in its folder of a dive. */
  Path result(Path out) {
    return out.resolve(linked ? "image" : "app");
  }

  /** The name of what it was made from, which people know. */
  String fileName() {
    String from = variables.getOrDefault(linked ? "DIVER_IMAGE" : "DIVER_APP", "app");
    return String.valueOf(Path.of(from).getFileName());
  }

  /**
   * The script for one dive.
   *
   * @param out a folder of that dive, which exists when the script runs
   * @param arguments the app's
   */
  Script into(Path out, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(arguments);
    Map<String, String> all = new TreeMap<>(variables);
    all.put("DIVER_OUT", out.toString());
    return new Script(
        name,
        command,
        folder,
        List.of(out),
        all,
        new Grants(false, readable, Optional.empty(), DEADLINE));
  }
}
