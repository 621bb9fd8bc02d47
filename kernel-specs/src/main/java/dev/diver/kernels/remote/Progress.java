package dev.diver.kernels.remote;

/**
 * Hears how far a transfer is. Called from several threads at once, and often: once for each piece
 * that is read. A title names one transfer within one call.
 */
public interface Progress {

  /** Hears nothing. */
  Progress NONE =
      new Progress() {
        @Override
        public void started(String title, long bytes) {}

        @Override
        public void advanced(String title, long bytes) {}

        @Override
        public void finished(String title) {}
      };

  /** A transfer of so many bytes in all begins. */
  void started(String title, long bytes);

  /**
   * So many more bytes are done; a resumed transfer counts at once what it has. Negative where a
   * transfer has to start over.
   */
  void advanced(String title, long bytes);

  /** The transfer is complete; not called for one that failed. */
  void finished(String title);
}
