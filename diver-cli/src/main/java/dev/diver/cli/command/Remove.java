package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code diver rm}. */
final class Remove implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Removes kernels from this machine, with all content that no other kernel shares. With a \
            digest, every name of that package is removed. Catalogs are not touched.\
            """)
        .arguments("REF", "1..*", "kernels as diver images lists them")
        .host("remove what is kept of dives, not kernels, on this machine")
        .json()
        .example("Remove one kernel", "rm remora:0.1.0")
        .example("Remove every kernel", "images -q | xargs diver rm");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    if (there.isPresent()) {
      for (String name : given.arguments()) {
        there.get().remove(name);
        shell.println("Removed " + name);
      }
      return 0;
    }
    KernelStore store = KernelStore.open(DiverHome.locate(shell.environment()).store());
    List<StoredKernel> removed = new ArrayList<>();
    for (String typed : given.arguments()) {
      removed.addAll(store.remove(Given.reference(typed)));
    }
    if (given.wantsJson()) {
      shell.printJson(removed.stream().map(Images::tree).toList());
    } else {
      removed.forEach(kernel -> shell.println("Removed " + kernel.reference()));
    }
    return 0;
  }
}
