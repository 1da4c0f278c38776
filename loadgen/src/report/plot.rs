//! Plots as SVG: lines, areas and bars, readable on a light and on a dark background.

use std::error::Error;
use std::ops::Range;

use plotters::prelude::*;

/// Size of a plot in pixels, which the page scales.
const SIZE: (u32, u32) = (720, 320);

const GREY: RGBColor = RGBColor(128, 128, 128);

/// Colours of series, which also differ in brightness.
pub(super) const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
];

/// Formats a value on an axis.
pub(super) type Label = fn(&f64) -> String;

/// Two axes.
pub(super) struct Axes {
    pub(super) x: Range<f64>,
    pub(super) y: Range<f64>,
    pub(super) labels: (Label, Label),
    /// Upper end of the shaded range of x: the warm-up.
    pub(super) shaded: f64,
}

/// A named series of points.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) colour: RGBColor,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether the area below is filled.
    pub(super) filled: bool,
}

/// Draws the series, each over those before it.
pub(super) fn plot(axes: &Axes, series: &[Series]) -> String {
    let mut svg = String::new();
    draw(&mut svg, axes, series).expect("drawing into a string does not fail");
    svg
}

fn draw(svg: &mut String, axes: &Axes, series: &[Series]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(20)
        .x_label_area_size(30)
        .y_label_area_size(64)
        .build_cartesian_2d(axes.x.clone(), axes.y.clone())?;
    let font = ("sans-serif", 14).into_font().color(&GREY);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GREY.mix(0.25))
        .axis_style(GREY)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&axes.labels.0)
        .y_label_formatter(&axes.labels.1)
        .label_style(font)
        .draw()?;
    if axes.shaded > axes.x.start {
        let ground = [(axes.x.start, axes.y.start), (axes.shaded.min(axes.x.end), axes.y.end)];
        chart.draw_series([Rectangle::new(ground, GREY.mix(0.15).filled())])?;
    }
    for Series { colour, points, filled, .. } in series {
        let points = points.iter().copied();
        if *filled {
            let area = AreaSeries::new(points, axes.y.start, colour.mix(0.75));
            chart.draw_series(area.border_style(colour.stroke_width(2)))?;
        } else {
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        }
    }
    area.present()?;
    Ok(())
}

/// A bar of [`bars`].
pub struct Bar {
    /// Text above the bar: its name and value.
    pub label: String,
    /// Length of the bar.
    pub length: u64,
    /// Whether the bar is highlighted.
    pub own: bool,
}

/// Draws bars as SVG, each with its label above it.
#[must_use]
pub fn bars(bars: &[Bar]) -> String {
    let mut svg = String::new();
    draw_bars(&mut svg, bars).expect("drawing into a string does not fail");
    svg
}

fn draw_bars(svg: &mut String, bars: &[Bar]) -> Result<(), Box<dyn Error>> {
    let height = 24 + 40 * u32::try_from(bars.len())?;
    let area = SVGBackend::with_string(svg, (SIZE.0, height)).into_drawing_area();
    let most = bars.iter().map(|bar| bar.length).max().unwrap_or(1).max(1) as f64;
    let rows = bars.len().max(1) as f64;
    let mut chart = ChartBuilder::on(&area).margin(8).build_cartesian_2d(0.0..most, rows..0.0)?;
    for (Bar { label, length, own }, row) in bars.iter().zip(0_u32..) {
        let (top, bottom) = (f64::from(row) + 0.5, f64::from(row) + 0.9);
        let [colour, ..] = COLOURS;
        let colour = if *own { colour } else { GREY };
        chart.draw_series([Rectangle::new([(0.0, top), (*length as f64, bottom)], colour.filled())])?;
        let font = ("sans-serif", 15).into_font().color(&GREY);
        chart.draw_series([Text::new(label.clone(), (0.0, f64::from(row) + 0.05), font)])?;
    }
    area.present()?;
    Ok(())
}
