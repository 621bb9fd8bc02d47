package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.confine.CommandOutput;
import dev.diver.kernels.net.BuiltNet;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetBuilder;
import dev.diver.kernels.net.NetToml;
import java.lang.ProcessBuilder.Redirect;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code diver build}. */
final class Build implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Compiles and links an app and its kernel into a net that boots: by the command that \
            net.toml names, else by the build script of the kernel's package, else by make. What \
            is up to date is left alone. The output of compilers passes through as it is. A \
            package's script has no network, and can write below build alone. The kernel's files under .diver are restored where they are missing, and the \
            kernel is pulled, by its digest, if it is not here.\
            """)
        .optionalArgument("NET", "a folder with net.toml (default: here)")
        .catalog()
        .json()
        .example("Build the net in this folder", "build")
        .example("Build another one", "build nets/heat");
  }

  @Override
  public int run(Given given, Shell shell) {
    Net net = NetToml.read(shell.path(given.argument(0).orElse(".")));
    Redirect output = given.wantsJson() ? CommandOutput.STANDARD_ERROR : Redirect.INHERIT;
    BuiltNet built = builder(output, Kernels.of(given, shell), shell).build(net);
    if (given.wantsJson()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", net.name());
      tree.put("kernel", net.kernel().toString());
      tree.put("digest", built.kernel().digest());
      tree.put("image", built.image());
      tree.put("app", built.app());
      shell.printJson(tree);
    } else {
      shell.println("Built " + net.name() + " for " + net.kernel() + ": " + built.made());
    }
    return 0;
  }

  /** What builds nets; a kernel is pulled if it is not here. */
  static NetBuilder builder(Redirect output, Kernels kernels, Shell shell) {
    return new NetBuilder(kernels.store(), kernels::pull, output, shell.environment());
  }
}
