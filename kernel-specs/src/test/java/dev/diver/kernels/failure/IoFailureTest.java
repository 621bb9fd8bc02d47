package dev.diver.kernels.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IoFailureTest {

  @TempDir Path folder;

  @Test
  void aFullDeviceIsExhausted() throws IOException {
    IOException full =
        assertThrows(
            IOException.class,
            () -> Files.write(Path.of("/dev/full"), new byte[1], StandardOpenOption.WRITE));
    Failure failure = IoFailure.of("write", folder.resolve("f"), full).failure();
    assertEquals(Kind.EXHAUSTED, failure.kind());
    assertTrue(failure.what().startsWith("Cannot write " + folder.resolve("f")), failure.what());
  }

  @Test
  void anAbsentFileIsNotFound() {
    Path absent = folder.resolve("absent");
    IOException e = assertThrows(IOException.class, () -> Files.readString(absent));
    assertEquals(Kind.NOT_FOUND, IoFailure.of("read", absent, e).failure().kind());
  }

  @Test
  void anInterruptionIsOne() throws IOException {
    Path file = folder.resolve("f");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      Thread.currentThread().interrupt();
      IOException e =
          assertThrows(
              IOException.class, () -> channel.write(java.nio.ByteBuffer.wrap(new byte[1])));
      assertEquals(Kind.INTERRUPTED, IoFailure.of("write", file, e).failure().kind());
    } finally {
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void theSystemsReasonsAreToldApart() {
    IOException readOnly = new FileSystemException("f", null, "Read-only file system");
    assertEquals(Kind.DENIED, kind(readOnly));
    assertEquals(Kind.DENIED, kind(new AccessDeniedException("f")));
    assertEquals(Kind.EXHAUSTED, kind(new FileSystemException("f", null, "Disk quota exceeded")));
    assertEquals(Kind.FAILED, kind(new IOException("Input/output error")));
    assertEquals(Kind.FAILED, kind(new IOException()));
  }

  @Test
  void theExceptionCarriesTheFailureAndItsCause() {
    IOException cause = new IOException("Input/output error");
    DiverException e = IoFailure.of("read", folder, cause);
    assertSame(cause, e.getCause());
    assertEquals(e.failure().what() + " " + e.failure().remedy(), e.getMessage());
    assertTrue(e.failure().what().endsWith("."), e.failure().what());
  }

  private Kind kind(IOException e) {
    return IoFailure.of("write", folder, e).failure().kind();
  }
}
