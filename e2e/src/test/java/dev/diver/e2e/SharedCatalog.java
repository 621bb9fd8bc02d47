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
        .computeIfAbsent("catalog", _ -> Published.make(), Published.class)
        .catalog;
  }

  private static final class Published implements AutoCloseable {
    private final Path folder;
    private final Catalog catalog;

    static Published make() {
      try {
        Path folder = Files.createTempDirectory("diver-e2e");
        Published published = new Published(folder, Catalog.serve(folder.resolve("catalog")));
        published.fill();
        return published;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    private Published(Path folder, Catalog catalog) {
      this.folder = folder;
      this.catalog = catalog;
    }

    private void fill() throws IOException {
      try {
        Shell publisher = catalog.user(folder.resolve("publisher"));
        KernelPackages.publish(publisher, KernelPackages.REMORA);
        KernelPackages.publish(publisher, KernelPackages.LINUX);
      } catch (AssertionError e) {
        close();
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      catalog.close();
      Expect.deleted(folder);
    }
  }
}
