package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code diver images}. */
final class Images implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Lists the kernels that were pulled or packaged on this machine. Several names can stand \
            for one package: they have the same digest, and its content is stored once.\
            """)
        .flag("-q, --quiet", "print references only")
        .json()
        .example("See what is here", "images")
        .example("Remove every kernel", "images -q | xargs diver rm");
  }

  @Override
  public int run(Given given, Shell shell) {
    List<StoredKernel> kernels =
        KernelStore.open(DiverHome.locate(shell.environment()).store()).list();
    if (given.wantsJson()) {
      shell.printJson(kernels.stream().map(Images::tree).toList());
    } else if (given.has("--quiet")) {
      kernels.forEach(kernel -> shell.println(kernel.reference().toString()));
    } else if (kernels.isEmpty()) {
      shell.say("No kernels are here yet. Fetch one with: diver pull REF");
    } else {
      shell.print(table(kernels));
    }
    return 0;
  }

  private static Table table(List<StoredKernel> kernels) {
    Table table =
        new Table().text("KERNEL").text("DIGEST").number("SIZE").text("PULLED").prose("SUMMARY");
    Instant now = Instant.now();
    for (StoredKernel kernel : kernels) {
      table.row(
          kernel.reference().toString(),
          kernel.digest().shortHex(),
          Quantity.bytes(kernel.size()),
          Quantity.ago(kernel.pulled(), now),
          kernel.summary());
    }
    return table;
  }

  /** A kernel of the store as commands show it to programs. */
  static Map<String, Object> tree(StoredKernel kernel) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("reference", kernel.reference().toString());
    tree.put("digest", kernel.digest().toString());
    tree.put("name", kernel.name());
    tree.put("version", kernel.version());
    tree.put("summary", kernel.summary());
    tree.put("size", kernel.size());
    tree.put("pulled", kernel.pulled().toString());
    return tree;
  }
}
