package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.kernels.store.StoredKernel;
import java.util.ArrayList;
import java.util.List;

/** {@code diver pull}. */
final class PullKernels implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Fetches kernels: image, headers, libraries, symbols and boot configuration. Every byte \
            is verified against its digest before it is used. What is here already is not fetched \
            again, and a download that was cut off is continued where it stopped.

            A reference is [registry/][namespace/]name[:tag|@sha256:…]; without a registry it means \
            the catalog, and without a tag :latest.\
            """)
        .arguments("REF", "1..*", "kernels, as in remora or remora:0.1.0")
        .catalog()
        .json()
        .example("Fetch the newest remora", "pull remora")
        .example("Fetch exactly one package", "pull remora@sha256:e3b0c44298fc1c14…")
        .example(
            "Fetch from another registry", "pull kernels.example.org/hexsa/nautilus:infiniband");
  }

  @Override
  public int run(Given given, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    List<StoredKernel> pulled = new ArrayList<>();
    for (String typed : given.arguments()) {
      pulled.add(kernels.pull(Given.reference(typed)));
    }
    if (given.wantsJson()) {
      shell.printJson(pulled.stream().map(Images::tree).toList());
    } else {
      pulled.forEach(
          kernel ->
              shell.println(
                  "Pulled "
                      + kernel.reference()
                      + " "
                      + kernel.digest()
                      + " "
                      + Quantity.bytes(kernel.size())));
    }
    return 0;
  }
}
