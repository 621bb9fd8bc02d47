package dev.diver.deploy.validation;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Something that benchmarks read. Each is generated, and the same on every machine: {@link Random}
 * is specified to the bit.
 */
public enum Input {
  /** 32 MiB of lines of words, which pack to about a quarter. */
  TEXT("text"),

  /** The same, of 3 MiB. */
  SHORT_TEXT("short-text"),

  /** A C file of small numerical functions. */
  SOURCE("functions.c"),

  /** Makes a database, fills it, asks it, and drops it. */
  QUERIES("queries.sql"),

  /** Counts words, sorts them, and writes them as JSON. */
  SCRIPT("words.py"),

  /** A Lennard-Jones fluid, as LAMMPS's own benchmark in.lj has it, in a smaller box. */
  FLUID("fluid.lammps");

  private static final String LETTERS = "etaoinshrdlucmfwyp";
  private static final int WORDS = 5000;
  private static final int WORDS_OF_A_LINE = 12;
  private static final int FUNCTIONS = 400;
  private static final int ROWS = 60_000;
  private static final int STEPS = 500;

  private static final String WORD_COUNT =
      """
      import collections, json, re, sys
      words = collections.Counter()
      with open(sys.argv[1], buffering=4096) as lines:
          for line in lines:
              words.update(re.findall(r'[a-z]+', line))
      most = sorted(words.items(), key=lambda one: (-one[1], one[0]))
      print(len(json.dumps(most)), most[0][0])
      """;

  private static final String LENNARD_JONES =
      """
      units lj
      atom_style atomic
      lattice fcc 0.8442
      region box block 0 12 0 12 0 12
      create_box 1 box
      create_atoms 1 box
      mass 1 1.0
      velocity all create 1.44 87287 loop geom
      pair_style lj/cut 2.5
      pair_coeff 1 1 1.0 1.0 2.5
      neighbor 0.3 bin
      neigh_modify delay 0 every 20 check no
      fix 1 all nve
      thermo 100
      """;

  private final String file;

  Input(String file) {
    this.file = file;
  }

  /** The name of its file. */
  public String file() {
    return file;
  }

  /**
   * Writes it into the folder.
   *
   * @param size of what it makes a program do, as a part of the whole: more than 0, at most 1
   */
  void write(Path folder, double size) {
    Path path = folder.resolve(file);
    try (Writer out = Files.newBufferedWriter(path, StandardCharsets.US_ASCII)) {
      switch (this) {
        case TEXT -> text(out, part(32 << 20, size));
        case SHORT_TEXT -> text(out, part(3 << 20, size));
        case SOURCE -> source(out, part(FUNCTIONS, size));
        case QUERIES -> queries(out, part(ROWS, size));
        case SCRIPT -> out.write(WORD_COUNT);
        case FLUID -> out.write(LENNARD_JONES + "run " + part(STEPS, size) + "\n");
      }
    } catch (IOException e) {
      throw IoFailure.of("write", path, e);
    }
  }

  private static int part(int whole, double size) {
    return Math.max(1, (int) Math.round(whole * size));
  }

  private static void text(Writer out, int size) throws IOException {
    Random random = new Random(1);
    String[] words = new String[WORDS];
    for (int i = 0; i < WORDS; i++) {
      words[i] = word(random);
    }
    for (int written = 0; written < size; ) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < WORDS_OF_A_LINE; i++) {
        line.append(words[random.nextInt(WORDS)]).append(' ');
      }
      out.append(line).append('\n');
      written += line.length() + 1;
    }
  }

  private static String word(Random random) {
    StringBuilder word = new StringBuilder();
    for (int length = 2 + random.nextInt(9); length > 0; length--) {
      word.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return word.toString();
  }

  private static void source(Writer out, int functions) throws IOException {
    for (int i = 0; i < functions; i++) {
      out.write(
          """
          double f%1$d(double *a, int n) {
            double s = %1$d;
            for (int i = 0; i < n; i++) {
              a[i] = a[i] * %2$d.5 + s;
              if (a[i] > %1$d) s -= a[i] / %2$d; else s += a[(i * %3$d) %% n];
            }
            return s;
          }
          """
              .formatted(i, i + 1, i + 3));
    }
  }

  private static void queries(Writer out, int rows) throws IOException {
    Random random = new Random(2);
    out.write("create table t(id integer primary key, a integer, b text);\n");
    for (int i = 0; i < rows; i++) {
      if (i % 2000 == 0) {
        out.write(i == 0 ? "begin;\n" : "commit;\nbegin;\n");
      }
      out.write("insert into t values(%d, %d, 'row %d');\n".formatted(i, random.nextInt(1000), i));
    }
    out.write("commit;\ncreate index by_a on t(a);\n");
    out.write("select a, count(*), max(b) from t group by a order by 2 desc limit 5;\n");
    out.write("select count(*) from t x join t y on x.a = y.a where x.id % 7 = 0;\n");
    out.write("drop table t;\n");
  }
}
