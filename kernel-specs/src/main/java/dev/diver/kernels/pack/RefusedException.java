package dev.diver.kernels.pack;

import java.io.IOException;

/** An archive does something that is not allowed; the message says what. */
final class RefusedException extends IOException {
  RefusedException(String message) {
    super(message);
  }
}
