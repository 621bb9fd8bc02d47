package dev.diver.deploy.vm;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Undoes what a terminal line does to output: it writes each line feed as carriage return and line
 * feed (termios(3), ONLCR), so one carriage return before each line feed is taken away. That gives
 * back exactly what the app wrote, unless the app switched ONLCR off.
 */
final class SerialText implements OutputRelay.Sink {

  private final OutputStream out;
  private boolean held;

  SerialText(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(byte[] buffer, int length) throws IOException {
    byte[] text = new byte[length + 1];
    int size = 0;
    for (int i = 0; i < length; i++) {
      if (held && buffer[i] != '\n') {
        text[size++] = '\r';
      }
      held = buffer[i] == '\r';
      if (!held) {
        text[size++] = buffer[i];
      }
    }
    out.write(text, 0, size);
    out.flush();
  }

  @Override
  public void end() throws IOException {
    if (held) {
      out.write('\r');
      out.flush();
    }
  }
}
