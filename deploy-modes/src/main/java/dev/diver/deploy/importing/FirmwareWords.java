package dev.diver.deploy.importing;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is on a console before a kernel has printed anything. */
final class FirmwareWords {

  /** Control sequences of terminals (ECMA-48, 5.4), and the characters that only move a cursor. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "\\x1b\\[[0-?]*[ -/]*[@-~]|\\x1b[@-Z\\\\-_]|\\x1bc|[\\x00-\\x08\\x0b-\\x1a\\x7f]");

  /** SeaBIOS, its option ROMs, OVMF and GRUB. */
  private static final Pattern FIRMWARE =
      Pattern.compile(
          "\\s*(SeaBIOS \\(version .*|iPXE \\(http.*|Machine UUID .*|Booting from .*|BdsDxe:"
              + " .*|GRUB loading.*|Welcome to GRUB!|Booting `.*'|Press F12 for boot"
              + " menu\\.*|error: file `/boot/grub/.*' not found\\.|UEFI Interactive"
              + " Shell.*|qemu-system-x86_64: .*)\\s*");

  /** What is left of a screen that a kernel is just about to clear. */
  private static final String CUT = "Booting from ROM";

  private FirmwareWords() {}

  /** The rest of the text, without control sequences. */
  static String without(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll("")
        .replace("\r", "\n")
        .lines()
        .filter(line -> !line.isBlank() && !isFirmwares(line))
        .collect(Collectors.joining("\n"));
  }

  private static boolean isFirmwares(String line) {
    return FIRMWARE.matcher(line).matches() || CUT.startsWith(line.strip());
  }
}
