package dev.diver.deploy.importing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A static Linux executable of some 160 bytes that says that it runs, and ends with a status. */
final class TinyInit {

  /** What it ends with: nothing that comes about by chance. */
  static final int STATUS = 42;

  static final String WORDS = "diver: the app runs";

  private static final int BASE = 0x400000;
  private static final int HEADERS = 64 + 56;

  private static final String CODE =
      """
      b801000000       mov $1, %eax              # write
      bf01000000       mov $1, %edi
      488d3513000000   lea text(%rip), %rsi
      ba14000000       mov $20, %edx
      0f05             syscall
      b8e7000000       mov $231, %eax            # exit_group
      bf2a000000       mov $42, %edi
      0f05             syscall
      """;

  private TinyInit() {}

  /** The file (System V ABI, chapters 4 and 5). */
  static byte[] executable() {
    byte[] text = (WORDS + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] code = code();
    int size = HEADERS + code.length + text.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(HexFormat.of().parseHex("7f454c46020101000000000000000000"));
    elf.putShort((short) 2).putShort((short) 62).putInt(1);
    elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    elf.putLong(size).putLong(size).putLong(0x1000);
    return elf.put(code).put(text).array();
  }

  private static byte[] code() {
    StringBuilder hex = new StringBuilder();
    CODE.lines().forEach(line -> hex.append(line, 0, line.indexOf(' ')));
    return HexFormat.of().parseHex(hex);
  }
}
