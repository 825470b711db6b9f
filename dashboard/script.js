"use strict";
// Tabs and language are in the address, so that a link opens what its sender saw.
(() => {
  const root = document.documentElement;
  const { config, specs } = JSON.parse(document.getElementById("charts").textContent);
  const pages = [...document.querySelectorAll("[data-page-of]")].map((page) => page.dataset.pageOf);
  const drawn = new Map();

  function wanted() {
    const [page, language] = location.hash.slice(1).split("/");
    return {
      page: pages.includes(page) ? page : pages[0],
      language: ["zh", "en"].includes(language)
        ? language
        : (navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en",
    };
  }

  // On a phone legends wrap and long names are cut, so that the marks keep their room.
  const narrow = window.matchMedia("(max-width: 600px)");
  const narrowConfig = {
    ...config,
    axis: { ...config.axis, labelFontSize: 11, labelLimit: 92 },
    axisXBand: { labelLimit: 56, labelFontSize: 10.5 },
    legend: { ...config.legend, columns: 2 },
  };

  async function draw(place, language) {
    const state = `${language} ${narrow.matches}`;
    if (drawn.get(place) === state) return;
    drawn.set(place, state);
    const spec = specs[place.dataset.chart][language];
    const options = { actions: false, ast: true, config: narrow.matches ? narrowConfig : config, renderer: "svg" };
    await window.vegaEmbed(place, spec, options);
  }

  async function show() {
    const { page, language } = wanted();
    root.dataset.language = language;
    root.dataset.page = page;
    root.lang = language === "zh" ? "zh-CN" : "en";
    delete root.dataset.ready;
    for (const button of document.querySelectorAll("[data-set-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLanguage === language));
    }
    for (const tab of document.querySelectorAll("[data-tab]")) {
      tab.href = `#${tab.dataset.tab}/${language}`;
      if (tab.dataset.tab === page) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    for (const main of document.querySelectorAll("[data-page-of]")) main.hidden = main.dataset.pageOf !== page;
    const places = document.querySelectorAll(`#page-${page} [data-chart]`);
    await Promise.all([...places].map((place) => draw(place, language)));
    root.dataset.ready = `${page}/${language}`;
  }

  for (const button of document.querySelectorAll("[data-set-language]")) {
    button.addEventListener("click", () => {
      location.hash = `${wanted().page}/${button.dataset.setLanguage}`;
    });
  }
  window.addEventListener("hashchange", show);
  narrow.addEventListener("change", show);
  show();
})();
