package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.net.BuiltNet;
import dev.diver.kernels.net.NetBuilder;
import dev.diver.kernels.net.NetToml;
import java.lang.ProcessBuilder.Redirect;

/** {@code diver test}. */
final class TestNet implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Builds a net and tests it: by the command that net.toml names under [test], else by the \
            test script of the kernel's package. Its output passes through as it is; that it fails \
            is an error.\
            """)
        .optionalArgument("NET", "a folder with net.toml (default: here)")
        .catalog()
        .example("Test the net in this folder", "test")
        .example("Test another one", "test nets/heat");
  }

  @Override
  public int run(Given given, Shell shell) {
    NetBuilder builder = Build.builder(Redirect.INHERIT, Kernels.of(given, shell), shell);
    BuiltNet built = builder.build(NetToml.read(shell.path(given.argument(0).orElse("."))));
    builder.test(built);
    shell.println("Tested " + built.net().name() + ": passed");
    return 0;
  }
}
