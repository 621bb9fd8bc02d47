package dev.diver.deploy.vm;

import java.util.ArrayList;
import java.util.List;

/**
 * What is on a screen in VGA text mode, read from the first page of its memory: 25 rows of 80
 * cells, a character of code page 437 and an attribute each (IBM VGA/XGA Technical Reference,
 * section 2, alphanumeric modes). Where a kernel scrolls by moving the page, its rows look turned
 * round; a screen in graphics mode has no text.
 *
 * @param rows without the blanks at their ends, empty rows at the end left out
 */
record Screen(List<String> rows) {

  /** Where the memory is, physically. */
  static final long ADDRESS = 0xb8000;

  static final int BYTES = 80 * 25 * 2;

  private static final int COLUMNS = 80;

  /** Characters 128 to 255. */
  private static final String UPPER =
      "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»"
          + "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
          + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

  Screen {
    rows = List.copyOf(rows);
  }

  /** Reads {@link #BYTES}, or as many as there are. */
  static Screen of(byte[] memory) {
    List<String> rows = new ArrayList<>();
    int filled = 0;
    for (int start = 0; start + 2 * COLUMNS <= memory.length; start += 2 * COLUMNS) {
      StringBuilder row = new StringBuilder();
      for (int at = start; at < start + 2 * COLUMNS; at += 2) {
        row.append(character(memory[at] & 0xff, memory[at + 1] & 0xff));
      }
      String text = row.toString().stripTrailing();
      rows.add(text);
      filled = text.isEmpty() ? filled : rows.size();
    }
    return new Screen(rows.subList(0, filled));
  }

  /** Without what the firmware said. */
  Screen ofKernel() {
    List<String> own = rows.stream().map(row -> FirmwareWords.are(row) ? "" : row).toList();
    int filled = own.size();
    while (filled > 0 && own.get(filled - 1).isEmpty()) {
      filled--;
    }
    return new Screen(own.subList(0, filled));
  }

  /** The rows as lines. */
  String text() {
    return String.join("\n", rows).strip();
  }

  /** Memory that nobody answers for reads as ones. */
  private static char character(int code, int attribute) {
    if (code < ' ' || code == 127 || (code == 0xff && attribute == 0xff)) {
      return ' ';
    }
    return code < 128 ? (char) code : UPPER.charAt(code - 128);
  }
}
