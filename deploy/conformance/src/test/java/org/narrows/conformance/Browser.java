// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A real Chromium without a window, with a profile of its own: nobody is signed in anywhere. */
final class Browser implements AutoCloseable {
    private static final Duration LOADED_WITHIN = Duration.ofSeconds(30);

    /** It warns of every version of Chromium whose private protocol it has no classes for. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Chromium and its driver, as Debian and others name them; empty without both. */
    private record Installed(Path chromium, Path driver) {
        static Optional<Installed> find() {
            Optional<Path> chromium = onPath("chromium", "chromium-browser", "google-chrome");
            Optional<Path> driver = onPath("chromedriver");
            return chromium.isPresent() && driver.isPresent()
                    ? Optional.of(new Installed(chromium.get(), driver.get()))
                    : Optional.empty();
        }

        private static Optional<Path> onPath(String... names) {
            String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
            return Stream.of(names)
                    .flatMap(
                            name ->
                                    Stream.of(path.split(java.io.File.pathSeparator))
                                            .map(directory -> Path.of(directory, name)))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }

    static boolean isInstalled() {
        return Installed.find().isPresent();
    }

    /**
     * Opens one.
     *
     * @param profile an empty directory
     */
    static Browser open(Path profile) {
        Installed installed = Installed.find().orElseThrow();
        SELENIUM.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(installed.chromium().toFile());
        options.addArguments(
                List.of(
                        "--headless=new",
                        // Tests may run as root, and in containers.
                        "--no-sandbox",
                        "--disable-dev-shm-usage",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--window-size=1000,900",
                        "--user-data-dir=" + profile));
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriver driver =
                new ChromeDriver(
                        new ChromeDriverService.Builder()
                                .usingDriverExecutable(installed.driver().toFile())
                                .usingAnyFreePort()
                                .build(),
                        options);
        driver.manage().timeouts().pageLoadTimeout(LOADED_WITHIN);
        driver.manage().timeouts().implicitlyWait(LOADED_WITHIN);
        return new Browser(driver);
    }

    Browser open(String url) {
        driver.get(url);
        return this;
    }

    String address() {
        return String.valueOf(driver.getCurrentUrl());
    }

    /** Waits until it has come to a page below this address. */
    void awaitBelow(String url) {
        await().atMost(LOADED_WITHIN).until(() -> address().startsWith(url));
    }

    /** What a user reads. */
    String text() {
        return driver.findElement(By.tagName("body")).getText();
    }

    String heading() {
        return driver.findElement(By.tagName("h1")).getText();
    }

    /** Signs in at Keycloak's own form. */
    void signInAtKeycloak(String user, String password) {
        driver.findElement(By.id("username")).clear();
        driver.findElement(By.id("username")).sendKeys(user);
        driver.findElement(By.id("password")).sendKeys(password);
        driver.findElement(By.id("kc-login")).click();
    }

    /** Presses the button, or follows the link, of this name. */
    void press(String name) {
        driver.findElement(
                        By.xpath(
                                "//button[normalize-space()='%1$s'] | //a[normalize-space()='%1$s']"
                                        .formatted(name)))
                .click();
    }

    /** Looks through a window of this width; gives how wide the page is then. */
    long widthWithin(int pixels) {
        resize(pixels);
        Object width = driver.executeScript("return document.documentElement.scrollWidth");
        resize(1000);
        return ((Number) java.util.Objects.requireNonNull(width)).longValue();
    }

    private void resize(int pixels) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 900, "deviceScaleFactor", 1, "mobile", false));
    }

    /** What the console has complained of since it was asked last. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    /** A picture of the page, for people; {@code scheme} is light or dark. */
    void picture(Path file, String scheme, int width) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        resize(width);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        resize(1000);
    }

    @Override
    public void close() {
        driver.quit();
    }
}
