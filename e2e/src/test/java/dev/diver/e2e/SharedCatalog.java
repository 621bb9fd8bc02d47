package dev.diver.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test the one catalog of the run, to which remora and Linux have been published from this
 * repository. Tests read from it; what a test publishes goes to a catalog of its own.
 */
final class SharedCatalog implements ParameterResolver {

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Catalog.class;
  }

  @Override
  public Catalog resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(SharedCatalog.class))
        .computeIfAbsent("catalog", key -> new Published(), Published.class)
        .catalog;
  }

  private static final class Published implements AutoCloseable {
    private final Path folder;
    private final Catalog catalog;

    Published() {
      try {
        folder = Files.createTempDirectory("diver-e2e");
        catalog = Catalog.serve(folder.resolve("catalog"));
        Shell publisher = catalog.user(folder.resolve("publisher"));
        KernelPackages.publish(publisher, KernelPackages.REMORA);
        KernelPackages.publish(publisher, KernelPackages.LINUX);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      catalog.close();
      Expect.deleted(folder);
    }
  }
}
