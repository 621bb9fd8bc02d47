package dev.diver.deploy.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Supplier;

/** Answers that are slow to find and stay true as long as what they depend on does not change. */
final class Remembered {

  private Remembered() {}

  /**
   * The answer that was remembered under this key, else a fresh one, which is then remembered. A
   * cache that cannot be read or written only costs time.
   *
   * @param file of this one answer
   * @param key all that the answer depends on, without a line feed
   * @param fresh whether to ask anew in any case
   */
  static String answer(Path file, String key, boolean fresh, Supplier<String> probe) {
    try {
      String known = fresh ? "" : Files.readString(file);
      if (known.startsWith(key + "\n")) {
        return known.substring(key.length() + 1);
      }
    } catch (IOException e) {
      // nothing was remembered
    }
    String answer = probe.get();
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path temporary = Files.createTempFile(file.toAbsolutePath().getParent(), "answer", ".new");
      Files.writeString(temporary, key + "\n" + answer);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // it will be asked again
    }
    return answer;
  }
}
