package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.remote.CatalogClient;

/** {@code diver yank}. */
final class Yank implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Takes a release out of search and of pulling by tag, as for one that turned out to be \
            broken. Nets that were made with it still build and dive: by its digest it can be \
            pulled as before.\
            """)
        .argument("REF", "the release, with its tag, as in remora:0.1.0")
        .flag("--undo", "offer the release again")
        .catalog()
        .example("Withdraw a release", "yank remora:0.1.0")
        .example("Offer it again", "yank --undo remora:0.1.0");
  }

  @Override
  public int run(Given given, Shell shell) {
    KernelReference reference = given.reference(0);
    String tag =
        reference
            .tag()
            .orElseThrow(
                () ->
                    new UsageException(
                        "\"" + given.required(0) + "\" names no release.",
                        "Give its tag, as in " + reference.name() + ":0.1.0."));
    String name = reference.registry().map(r -> r + "/").orElse("") + reference.name();
    CatalogClient client = Kernels.of(given, shell).client();
    if (given.has("--undo")) {
      client.unyank(name, tag);
      shell.println("Offered again: " + reference);
    } else {
      client.yank(name, tag);
      shell.println("Yanked " + reference);
    }
    return 0;
  }
}
