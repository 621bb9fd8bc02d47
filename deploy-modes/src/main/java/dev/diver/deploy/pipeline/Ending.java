package dev.diver.deploy.pipeline;

/** What is done at the end of a run, once: when this is closed, or where Diver is interrupted. */
public final class Ending implements AutoCloseable {

  private final Runnable end;
  private final Thread hook;

  /**
   * From now on.
   *
   * @param name of the thread that does it where Diver is interrupted
   */
  public Ending(String name, Runnable end) {
    this.end = end;
    this.hook = new Thread(end, name);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return; // it is being done
    }
    end.run();
  }
}
