package dev.diver.cli.output;

import dev.diver.kernels.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds a command: standard streams, environment, working directory. Nothing else in Diver
 * touches these.
 *
 * <p>Results go to standard output, everything that is said on the way to standard error.
 */
public final class Shell {

  private final InputStream in;
  private final OutputStream out;
  private final OutputStream err;
  private final Terminals terminals;
  private final Map<String, String> environment;
  private final Path directory;
  private final boolean ofProcess;

  public Shell(
      InputStream in,
      OutputStream out,
      OutputStream err,
      Terminals terminals,
      Map<String, String> environment,
      Path directory) {
    this(in, out, err, terminals, environment, directory, false);
  }

  private Shell(
      InputStream in,
      OutputStream out,
      OutputStream err,
      Terminals terminals,
      Map<String, String> environment,
      Path directory,
      boolean ofProcess) {
    this.ofProcess = ofProcess;
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminals = terminals;
    this.environment = environment;
    this.directory = directory;
  }

  /** The shell that this process was started from. */
  public static Shell ofProcess() {
    Map<String, String> environment = System.getenv();
    return new Shell(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        Terminals.ofProcess(environment),
        environment,
        Path.of("").toAbsolutePath(),
        true);
  }

  public InputStream in() {
    return in;
  }

  /** Whether all three streams are those of this process, as another process inherits them. */
  public boolean isOfProcess() {
    return ofProcess;
  }

  /** Standard output as it is, for an app's output to pass through. */
  public OutputStream out() {
    return out;
  }

  /** Standard error as it is, for an app's output to pass through. */
  public OutputStream err() {
    return err;
  }

  public Terminals terminals() {
    return terminals;
  }

  public Map<String, String> environment() {
    return environment;
  }

  /** A path as the user typed it, against the working directory. */
  public Path path(String typed) {
    return directory.resolve(typed).normalize();
  }

  /** The same terminal, with another folder and other variables, and nothing to read. */
  public Shell in(Path folder, Map<String, String> variables) {
    return new Shell(InputStream.nullInputStream(), out, err, terminals, variables, folder);
  }

  /** The same, with standard output going elsewhere, where there is no terminal. */
  public Shell to(OutputStream elsewhere) {
    return new Shell(in, elsewhere, err, Terminals.NONE, environment, directory);
  }

  /** The next line of standard input, without its end; INVALID where there is none. */
  public String readLine() {
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int next = in.read();
      while (next >= 0 && next != '\n') {
        line.write(next);
        next = in.read();
      }
      if (next < 0 && line.size() == 0) {
        throw new Failure(
                Failure.Kind.INVALID,
                "Standard input is empty.",
                "Send what is asked for there, as one line.")
            .exception();
      }
      String text = line.toString(StandardCharsets.UTF_8);
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks on the terminal; INVALID where there is none to ask on. */
  public String ask(String question) {
    requireTerminal(question);
    sayRaw(question);
    return readLine();
  }

  /** Asks on the terminal without showing the answer. */
  @SuppressWarnings("NullAway") // since JDK 22 there always is a console
  public String askSecretly(String question) {
    requireTerminal(question);
    char @Nullable [] answer = System.console().readPassword("%s", question);
    if (answer == null) {
      throw noAnswer(question);
    }
    return new String(answer);
  }

  private void requireTerminal(String question) {
    if (!terminals.in()) {
      throw noAnswer(question);
    }
  }

  private static RuntimeException noAnswer(String question) {
    return new Failure(
            Failure.Kind.INVALID,
            "There is no terminal to ask \"" + question.strip() + "\" on.",
            "Give it as an option instead; see --help.")
        .exception();
  }

  /** Writes text to standard output as it is. */
  public void print(String text) {
    write(out, text);
  }

  /** Writes one line to standard output. */
  public void println(String line) {
    write(out, line + "\n");
  }

  /** Writes a table to standard output, fitted to the terminal if it is one. */
  public void print(Table table) {
    print(
        table.render(
            terminals.out() ? terminals.columns().orElse(80) : Integer.MAX_VALUE, colorOut()));
  }

  /** Writes a tree of maps, lists, strings, numbers and booleans to standard output as JSON. */
  public void printJson(Object tree) {
    println(Json.write(tree));
  }

  /** The same as one line, for a stream of them. */
  public void printJsonLine(Object tree) {
    println(Json.writeLine(tree));
  }

  /** Says one line on standard error. */
  public void say(String line) {
    write(err, line + "\n");
  }

  /** Says a table on standard error, whole. */
  public void say(Table table) {
    sayRaw(table.render(Integer.MAX_VALUE, colorErr()));
  }

  /** Writes to standard error as it is. */
  public void sayRaw(String text) {
    write(err, text);
  }

  /** Says what is being done, as in " Pulling remora:0.1.0". */
  public void sayDoing(String doing, String what) {
    String padded = " ".repeat(Math.max(0, 10 - doing.length()));
    say(padded + Style.GREEN.of(doing, colorErr()) + " " + what);
  }

  /** Says what went wrong, and what to do about it. */
  public void say(Failure failure) {
    say(Style.RED.of("error:", colorErr()) + " " + Plain.text(failure.what()));
    say(Style.CYAN.of("help:", colorErr()) + " " + Plain.text(failure.remedy()));
  }

  /** Says all that is known about a failure: its stack trace. */
  public void say(Throwable failure) {
    java.io.StringWriter trace = new java.io.StringWriter();
    failure.printStackTrace(new java.io.PrintWriter(trace));
    sayRaw(trace.toString());
  }

  public boolean colorOut() {
    return terminals.out() && terminals.color();
  }

  public boolean colorErr() {
    return terminals.err() && terminals.color();
  }

  private static void write(OutputStream stream, String text) {
    try {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
      stream.flush();
    } catch (IOException e) {
      // Java has no errno; the message is strerror(EPIPE).
      if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
        throw new BrokenPipeException(e);
      }
      throw new Failure(
              Failure.Kind.EXHAUSTED,
              "The output could not be written: " + e.getMessage() + ".",
              "Make room where it goes, or send it elsewhere.")
          .exception(e);
    }
  }
}
