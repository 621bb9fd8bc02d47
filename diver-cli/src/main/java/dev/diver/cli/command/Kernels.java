package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.TransferBar;
import dev.diver.deploy.DiveRequest;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.remote.CatalogAddress;
import dev.diver.kernels.remote.CatalogClient;
import dev.diver.kernels.remote.CredentialStore;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the user's kernels come from: the store of this machine, and the catalog behind it.
 *
 * @param home the user's data directory
 * @param store of this machine
 * @param catalog that references without a registry mean
 * @param shell to say what is being fetched
 */
record Kernels(DiverHome home, KernelStore store, URI catalog, Shell shell) {

  static Kernels of(Given given, Shell shell) {
    DiverHome home = DiverHome.locate(shell.environment());
    URI catalog =
        CatalogAddress.locate(given.value("--catalog"), shell.environment(), home.config());
    return new Kernels(home, KernelStore.open(home.store()), catalog, shell);
  }

  /** A client of the catalog with what the user has logged in with. */
  CatalogClient client() {
    return new CatalogClient(catalog, new CredentialStore(home.auth()));
  }

  /** Fetches a kernel, showing how far it is. */
  StoredKernel pull(KernelReference reference) {
    shell.sayDoing("Pulling", reference.toString());
    try (TransferBar bar = TransferBar.of(reference.toString(), shell)) {
      return client().pull(reference, store, bar);
    }
  }

  /** A kernel of the store, to be booted. */
  DiveRequest.Bootable bootable(StoredKernel kernel) {
    return bootable(kernel, store.spec(kernel), store.image(kernel));
  }

  /** The same with another image, which a net has built for itself. */
  DiveRequest.Bootable bootable(StoredKernel kernel, KernelSpec spec, Path image) {
    return DiveRequest.Bootable.of(spec, image, path -> store.part(kernel, path));
  }

  /** The kernel of this reference, fetched first if it is not here yet, as docker run does. */
  StoredKernel here(KernelReference reference) {
    return store.find(reference).orElseGet(() -> pulled(reference));
  }

  private StoredKernel pulled(KernelReference reference) {
    try {
      return pull(reference);
    } catch (DiverException e) {
      List<String> others =
          store.list().stream()
              .map(StoredKernel::reference)
              .filter(r -> r.name().equals(reference.name()))
              .filter(r -> r.registry().equals(reference.registry()))
              .map(KernelReference::toString)
              .toList();
      if (others.isEmpty()) {
        throw e;
      }
      throw new Failure(
              e.failure().kind(),
              e.failure().what(),
              "On this machine there is %s; name it so. %s"
                  .formatted(String.join(", ", others), e.failure().remedy()))
          .exception(e);
    }
  }
}
