package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;

/** {@code diver kernel package}. */
final class KernelPackage implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Packs a built kernel, its SDK and its scripts into one OCI artifact and keeps it on \
            this machine under the name and version that kernel.toml gives. The same files give the \
            same digest on any machine.\
            """)
        .optionalArgument("FOLDER", "the folder with kernel.toml, or that file (default: here)")
        .json()
        .example("Build a kernel and try its package before it is published", "kernel package")
        .example("Dive an executable with it", "dive --kernel mine:0.1.0 ./prog");
  }

  @Override
  public int run(Given given, Shell shell) {
    KernelStore store = KernelStore.open(DiverHome.locate(shell.environment()).store());
    StoredKernel kernel = Packer.pack(KernelScript.kernelToml(given, shell), store);
    if (given.wantsJson()) {
      shell.printJson(Images.tree(kernel));
    } else {
      shell.println(
          "Packaged "
              + kernel.reference()
              + " "
              + kernel.digest()
              + " "
              + Quantity.bytes(kernel.size()));
    }
    return 0;
  }
}
