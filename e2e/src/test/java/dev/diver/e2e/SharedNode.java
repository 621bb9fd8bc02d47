package dev.diver.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test the one node of the run, which sees the folders of tests where they are, and this
 * machine's programs. After each class it has to be as it was. A test that restarts it, or breaks
 * it, boots one of its own.
 */
final class SharedNode implements ParameterResolver, AfterAllCallback {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedNode.class);

  /** This machine's /usr, with the libraries of its programs, as the node sees it. */
  static final String USR = "/mnt/usr";

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Node.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return booted(context).node;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    booted(context).node.expectAsBooted();
  }

  private static Booted booted(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent("node", key -> new Booted(), Booted.class);
  }

  private static final class Booted implements AutoCloseable {
    private final Path folder;
    private final Node node;

    Booted() {
      try {
        folder = Files.createTempDirectory("diver-node");
        node =
            Node.boot(
                folder, "--share", System.getProperty("java.io.tmpdir"), "--share", "/usr:" + USR);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      node.close();
      Expect.deleted(folder);
    }
  }
}
